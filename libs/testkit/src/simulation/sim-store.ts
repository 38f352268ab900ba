import { isMedallionError, MedallionError, messageOf, NEVER } from '@medallion/core';
import { type CommitOutcome, RowRefusedError, type TableStore } from '@medallion/runtime';
import type { MemoryDatabase } from '../store/memory-database.ts';
import { MemoryTableStore } from '../store/memory-table-store.ts';
import type { Network } from './network.ts';
import type { SimProcess } from './sim-process.ts';
import type { StoreWitness } from './store-witness.ts';

/** Postgres ends statements after so long; a connection that is gone without a word is noticed about then. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What a store reaches its database by. */
export type StoreParts = {
  readonly process: SimProcess;
  readonly network: Network;
  /** The database as it is when a request arrives: a failover puts another one in its place. */
  readonly database: () => MemoryDatabase;
  /** Asked when a transaction runs: whether it meets another one (40001, 40P01), so that nothing of it happens. */
  readonly collides: () => boolean;
  readonly witness: StoreWitness;
};

/** A transaction that met others this often is given up, as the adapter on Postgres does. */
const MAX_ATTEMPTS = 5;

/** The tables as one process sees them: every call is a request to Postgres, whose reply may be lost. */
export function simStore({ process, network, database, collides, witness }: StoreParts): TableStore {
  const ask = async <T>(what: string, work: (store: TableStore) => Promise<T>): Promise<T> => {
    try {
      return await network.call(process, {
        to: 'postgres',
        what,
        serve: () => work(new MemoryTableStore({ database: database() })),
        timeoutMs: REQUEST_TIMEOUT_MS,
      });
    } catch (error) {
      if (isMedallionError(error) || error instanceof RowRefusedError || isInvariant(error)) throw error;
      throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: messageOf(error) }, { cause: error });
    }
  };
  return {
    migrate: (plan) => ask('migrate', (store) => store.migrate(plan)),
    addColumns: (table, columns) => ask('add columns', (store) => store.addColumns(table, columns)),
    acquire: (partitions, owner) =>
      ask(`acquire ${partitions.map(({ topic, partition }) => `${topic}[${partition}]`).join(', ')}`, (store) =>
        store.acquire(partitions, owner),
      ),
    async commit(commit) {
      const steps = commit.leases.map(
        (step) => `${step.topic}[${step.partition}] ${step.from}..${step.next}@${step.epoch}`,
      );
      for (let attempt = 1; ; attempt++) {
        const outcome = await ask<CommitOutcome | 'collided'>(`commit ${steps.join(', ')}`, async (store) => {
          if (collides()) return 'collided';
          const before = database().leases;
          const made = await store.commit(commit);
          if (made.kind === 'committed') witness.committed(process, commit, before);
          return made;
        });
        if (outcome !== 'collided') return outcome;
        if (attempt === MAX_ATTEMPTS)
          throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'could not serialize access (40001)' });
        await process.sleep(5 * attempt);
      }
    },
    sessions: (ranges) => ask('sessions', (store) => store.sessions(ranges)),
    advanceFinal: (source, topic, partitions) =>
      ask(`advance final of ${source}`, async (store) => {
        const before = database().finalThrough.get(source) ?? NEVER;
        const through = await store.advanceFinal(source, topic, partitions);
        witness.final({ source, topic, partitions, before, through }, database());
        return through;
      }),
    closeByClock: (source, topic, partitions, through) =>
      ask(`close by clock ${source}`, (store) => store.closeByClock(source, topic, partitions, through)),
    positions: (topic) => ask(`positions of ${topic}`, (store) => store.positions(topic)),
    finalThrough: () => ask('final through', (store) => store.finalThrough()),
    refresh: (view) => ask(`refresh ${view}`, (store) => store.refresh(view)),
    maintain: (now) => ask('maintain', (store) => store.maintain(now)),
    async close() {},
  };
}

/** What the engine must never send: it is not the network's fault. */
const isInvariant = (error: unknown): boolean => messageOf(error).startsWith('invariant violated');

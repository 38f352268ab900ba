import { type Clock, type Instant, invariant, type Log, systemClock } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type {
  CommitOutcome,
  GoldCommit,
  Lease,
  SessionRange,
  StoredSession,
  TableStore,
  TopicPartition,
} from '@medallion/runtime';
import type { Field } from '@medallion/schema';
import type pg from 'pg';
import { addColumns, verifyColumns, widened } from './added-columns.ts';
import { createPool, defaultTimeouts, type StoreTimeouts } from './connection.ts';
import { FENCED, FINAL_MOVED, isCollision, isServerError, translated } from './failures.ts';
import { GoldTables } from './gold-tables.ts';
import { acquireLeases, advanceFinal, closeByClock, leasePositions, readFinal, stepStatement } from './lease.ts';
import { migrate } from './migrate.ts';
import { QueryableCopies } from './queryable-copies.ts';
import { Relations } from './relational/relations.ts';
import { countStatements, lateStatement, quarantineStatement } from './trace-statements.ts';
import { runPipelined, type Statement } from './transaction.ts';
import { verifyMigrated } from './verify-migrated.ts';

/** How a store reaches its database. */
export type TableStoreOptions = {
  readonly databaseUrl: string;
  readonly log: Log;
  /** Connections at most; default 4. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity; default `medallion`. */
  readonly applicationName?: string;
  readonly timeouts?: Partial<StoreTimeouts>;
  /** Says which days the queryable copies need partitions for. */
  readonly clock?: Clock;
  /** `verify`: `migrate` makes nothing, and refuses where something is missing; default `auto`. */
  readonly migrate?: MigrateMode;
};

/** Whether a service makes what it needs, or leaves that to `medallion migrate`. */
export type MigrateMode = 'auto' | 'verify';

/** A transaction that met others this often is given up. */
const MAX_ATTEMPTS = 5;
const RETRY_MS = 5;

/**
 * The gold layer of one pipeline in Postgres: `migrate` says which, and comes first.
 *
 * A commit is one transaction in one round trip: copies first, as a COPY whose sender stalls cannot be ended by a
 * timeout and must not hold a lease; then the lease step, which raises when it may not be taken; then one statement for
 * each table that changes, always in the same order. See docs/decisions/postgres-commit.md.
 *
 * @example
 * const store = createTableStore({ databaseUrl: 'postgres://localhost/medallion', log })
 * await store.migrate(plan)
 */
export function createTableStore(options: TableStoreOptions): TableStore {
  return new PostgresTableStore(options);
}

type Tables = {
  readonly plan: PipelinePlan;
  readonly gold: GoldTables;
  readonly copies: QueryableCopies;
  /** By table, the columns that it gained beside the declared ones. */
  readonly added: Map<string, readonly Field[]>;
  readonly relations: Relations;
};

class PostgresTableStore implements TableStore {
  readonly #pool: pg.Pool;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #mode: MigrateMode;
  #migrated: Tables | null = null;

  constructor(options: TableStoreOptions) {
    const { databaseUrl, log, poolSize = 4, applicationName = 'medallion', timeouts, clock } = options;
    this.#mode = options.migrate ?? 'auto';
    this.#log = log;
    this.#clock = clock ?? systemClock;
    this.#pool = createPool({
      ...{ databaseUrl, poolSize, applicationName, log },
      timeouts: { ...defaultTimeouts, ...timeouts },
    });
  }

  async migrate(plan: PipelinePlan): Promise<void> {
    const relations = new Relations(plan);
    if (this.#mode === 'verify') await this.#translating(this.#withClient((client) => verifyMigrated(client, plan)));
    else {
      const hint = await this.#withClient((client) => migrate(client, plan, relations));
      if (hint !== null) this.#log.warn({ pipeline: plan.name }, hint);
    }
    const copies = new QueryableCopies(this.#pool, this.#log, plan);
    this.#migrated = { plan, gold: new GoldTables(plan), copies, added: new Map(), relations };
    await this.#translating(copies.maintain(this.#clock.now()));
  }

  async addColumns(table: string, columns: readonly Field[]): Promise<void> {
    const { plan, copies, added } = this.#tables;
    const known = added.get(table) ?? [];
    const all = [...known, ...columns.filter(({ name }) => !known.some((each) => each.name === name))];
    const add = this.#mode === 'verify' ? verifyColumns : addColumns;
    await this.#translating(this.#withClient((client) => add(client, plan, table, all)));
    added.set(table, all);
    copies.widen(plan, widened(plan, table, all));
  }

  acquire(partitions: readonly TopicPartition[], owner: string): Promise<readonly Lease[]> {
    return this.#translating(acquireLeases(this.#pool, this.#tables.plan.name, partitions, owner));
  }

  async commit(commit: GoldCommit): Promise<CommitOutcome> {
    const { copies } = this.#tables;
    await this.#translating(copies.prepare(commit.copies, this.#clock.now()));
    const statements = this.#statements(commit);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#withClient((client) => runPipelined(client, statements()));
        return { kind: 'committed' };
      } catch (error) {
        const outcome = await this.#outcomeOf(error);
        if (outcome !== null) return outcome;
        if (!isCollision(error) || attempt === MAX_ATTEMPTS) throw translated(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt * (0.5 + Math.random())));
      }
    }
  }

  sessions(
    ranges: ReadonlyMap<string, readonly SessionRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredSession[]>> {
    return this.#translating(this.#tables.gold.sessions(this.#pool, ranges));
  }

  advanceFinal(source: string, topic: string, partitions: number): Promise<Instant> {
    return this.#translating(advanceFinal(this.#pool, this.#tables.plan.name, source, topic, partitions));
  }

  closeByClock(source: string, topic: string, partitions: number, through: Instant): Promise<Instant> {
    return this.#translating(closeByClock(this.#pool, this.#tables.plan.name, source, topic, partitions, through));
  }

  positions(topic: string): Promise<ReadonlyMap<number, number>> {
    return this.#translating(leasePositions(this.#pool, this.#tables.plan.name, topic));
  }

  finalThrough(): Promise<ReadonlyMap<string, Instant>> {
    return this.#translating(readFinal(this.#pool, this.#tables.plan.name));
  }

  async refresh(view: string): Promise<void> {
    const { relations } = this.#tables;
    await this.#translating(
      this.#withClient(async (client) => {
        await client.query('BEGIN');
        try {
          await relations.refresh(client, [view]);
          await client.query('COMMIT');
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {});
          throw error;
        }
      }),
    );
  }

  async maintain(now: Instant): Promise<void> {
    const { gold, copies } = this.#tables;
    await this.#translating(copies.maintain(now));
    await this.#translating(this.finalThrough().then((final) => gold.forgetMembers(this.#pool, final)));
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  get #tables(): Tables {
    invariant(this.#migrated !== null, 'migrate comes before all else');
    return this.#migrated;
  }

  /** The statements of a commit; made once, but for the copies, which pg takes for one use. */
  #statements(commit: GoldCommit): () => readonly Statement[] {
    const { plan, gold, copies, relations } = this.#tables;
    const rest: readonly Statement[] = [
      stepStatement(plan.name, commit.leases, gold.assumedFinal(commit)),
      ...gold.statements(commit),
      ...(commit.quarantined.length === 0 ? [] : [quarantineStatement(plan.name, commit.quarantined)]),
      ...(commit.late.length === 0 ? [] : [lateStatement(plan.name, commit.late)]),
      ...countStatements(plan.name, commit.counts),
      ...relations.statements(commit),
    ];
    return () => [...copies.statements(commit.copies), ...rest];
  }

  async #outcomeOf(error: unknown): Promise<CommitOutcome | null> {
    if (!isServerError(error)) return null;
    if (error.code === FENCED) return { kind: 'fenced', partitions: JSON.parse(error.detail ?? '[]') };
    if (error.code === FINAL_MOVED) return { kind: 'final_moved', finalThrough: await this.finalThrough() };
    return null;
  }

  /** A connection is kept only after an answer of the server: what else may still be under way on it is unknown. */
  async #withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw translated(error);
    }
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(!isServerError(error));
      throw error;
    }
  }

  async #translating<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw translated(error);
    }
  }
}

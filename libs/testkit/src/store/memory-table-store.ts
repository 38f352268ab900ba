import { type Instant, MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type {
  CommitOutcome,
  GoldCommit,
  Lease,
  Offset,
  SessionRange,
  StoredSession,
  TableStore,
  TopicPartition,
} from '@medallion/runtime';
import type { Field } from '@medallion/schema';
import { MemoryDatabase } from './memory-database.ts';

/** What becomes of a commit: answered; applied, but its reply is lost; or lost before it was applied. */
export type CommitFate = 'answered' | 'reply_lost' | 'lost';

/** How a memory store behaves; everything has a default. */
export type MemoryTableStoreOptions = {
  /** Shared with other stores; one of its own by default. */
  readonly database?: MemoryDatabase;
  /** Asked before each commit. */
  readonly fateOfCommit?: (commit: GoldCommit) => CommitFate;
  /** Awaited before each call takes effect, so that others can come between. */
  readonly pause?: () => Promise<void>;
};

/**
 * A table store in memory that keeps the promises of the one on Postgres (see `tableStoreContract`); its tables are
 * read through `database`.
 *
 * @example
 * const store = new MemoryTableStore({ fateOfCommit: () => (random() < 0.1 ? 'reply_lost' : 'answered') })
 */
export class MemoryTableStore implements TableStore {
  readonly database: MemoryDatabase;
  readonly #options: MemoryTableStoreOptions;

  constructor(options: MemoryTableStoreOptions = {}) {
    this.database = options.database ?? new MemoryDatabase();
    this.#options = options;
  }

  async migrate(plan: PipelinePlan): Promise<void> {
    await this.#pause();
    this.database.migrate(plan);
  }

  async addColumns(table: string, columns: readonly Field[]): Promise<void> {
    await this.#pause();
    this.database.addColumns(table, columns);
  }

  async acquire(partitions: readonly TopicPartition[], owner: string): Promise<readonly Lease[]> {
    await this.#pause();
    return partitions.map(({ topic, partition }) => this.database.acquire({ topic, partition }, owner));
  }

  async commit(commit: GoldCommit): Promise<CommitOutcome> {
    const fate = this.#options.fateOfCommit?.(commit) ?? 'answered';
    await this.#pause();
    if (fate === 'lost') throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'the commit was lost' });
    const applied = await this.database.holding(() => this.database.apply(commit));
    await this.#pause();
    if (fate === 'reply_lost') throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'the reply was lost' });
    if (applied === 'committed') return { kind: 'committed' };
    if (applied === 'final_moved') return { kind: 'final_moved', finalThrough: this.database.finalThrough };
    return { kind: 'fenced', partitions: applied };
  }

  async sessions(
    ranges: ReadonlyMap<string, readonly SessionRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredSession[]>> {
    await this.#pause();
    return this.database.sessions(ranges);
  }

  async advanceFinal(source: string, topic: string, partitions: number): Promise<Instant> {
    await this.#pause();
    return this.database.advanceFinal(source, topic, partitions);
  }

  async closeByClock(source: string, topic: string, partitions: number, through: Instant): Promise<Instant> {
    await this.#pause();
    return this.database.closeByClock(source, topic, partitions, through);
  }

  async positions(topic: string): Promise<ReadonlyMap<number, Offset>> {
    await this.#pause();
    const leases = this.database.leases.filter((lease) => lease.topic === topic);
    return new Map(leases.map(({ partition, next }) => [partition, next]));
  }

  async finalThrough(): Promise<ReadonlyMap<string, Instant>> {
    await this.#pause();
    return this.database.finalThrough;
  }

  /** Views are computed from all rows at each commit, so there is nothing to do. */
  async refresh(): Promise<void> {
    await this.#pause();
  }

  async maintain(now: Instant): Promise<void> {
    await this.#pause();
    this.database.maintain(now);
  }

  async close(): Promise<void> {}

  #pause(): Promise<void> {
    return this.#options.pause?.() ?? Promise.resolve();
  }
}

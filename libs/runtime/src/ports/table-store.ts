import type { Instant } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { AnyRow, Field, Value } from '@medallion/schema';
import type { Offset, TopicPartition } from './record-log.ts';

/**
 * The port to the tables of the gold layer (Postgres). One commit is one transaction, and the lease in it decides who
 * may write: a stale owner changes nothing.
 */

/** What the lease of a partition remembers beside its offset. */
export type PartitionState = {
  /** The greatest event time of the accepted rows less the delay, or NEVER; null where rows have no event time. */
  readonly watermark: Instant;
  /** Greatest coordinate seen, by flow and source partition; see Coordinates in SPEC.md. */
  readonly coordinates: Readonly<Record<string, string>>;
  /** Caught up and silent for the idle timeout, so that it does not hold back the table's watermark. */
  readonly idle: boolean;
};

/** Who may commit for a partition, and from where. */
export type Lease = TopicPartition & {
  readonly epoch: number;
  readonly next: Offset;
  readonly state: PartitionState;
};

/** The step of one partition's lease in a commit: applies only at exactly this epoch and offset. */
export type LeaseStep = TopicPartition & {
  readonly epoch: number;
  readonly from: Offset;
  readonly next: Offset;
  readonly state: PartitionState;
};

/**
 * The partial aggregates of one batch for one row of a materialized view, to be merged into what is stored: of sessions, with
 * all stored ones that it touches.
 */
export type Delta = {
  readonly windowStart: Instant;
  readonly windowEnd: Instant;
  /** Values of the group columns in order. */
  readonly group: readonly Value[];
  /** Partial results in the order of the plan's aggregates. */
  readonly partials: readonly Partial[];
};

/** A session that is stored, of the group with these values. */
export type StoredSession = { readonly group: readonly Value[]; readonly start: Instant; readonly end: Instant };

/** Where sessions of a group are looked for: those that end at `from` or later and begin at `to` or before. */
export type SessionRange = { readonly group: readonly Value[]; readonly from: Instant; readonly to: Instant };

/** A partial result: count and sum are added, min and max compared, avg adds both, distinct unites the members. */
export type Partial =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'sum'; readonly sum: number }
  | { readonly kind: 'min' | 'max'; readonly value: number | null }
  | { readonly kind: 'avg'; readonly sum: number; readonly count: number }
  | { readonly kind: 'count_distinct'; readonly members: ReadonlySet<Value> };

/** Why a record is not in its table. */
export type Outcome =
  | 'violation'
  | 'dropped'
  | 'unparseable'
  | 'undecodable'
  | 'foreign'
  | 'duplicate'
  | 'future'
  | 'derive_failed'
  | 'unstorable';

/** A broken rule as quarantine keeps it. */
export type Violation = { readonly expectation: string; readonly action: string; readonly rule: string };

/** A record that is not in its table, with all that is needed to see why and to send it again. */
export type QuarantinedRow = {
  /** The table whose flow refused it. */
  readonly table: string;
  readonly outcome: Outcome;
  /** One sentence: what is wrong. */
  readonly reason: string;
  readonly violations: readonly Violation[];
  /** Where the refused record is: the flow's input. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** The flow that refused it; absent where no flow of the engine wrote the record. Flows of one table may read one source. */
  readonly flow?: string;
  /** Which of the rows that were made of the record was refused; absent for the first, 0: only `explode` makes more. */
  readonly index?: number;
  readonly recordedAt: Instant;
  readonly key: Buffer | null;
  /** The bytes as they arrived; null for dropped rows and tombstones. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The decoded row as JSON text, where it could be decoded. */
  readonly row: string | null;
};

/** A row that came after a window of `view` was closed for it; it may still count in other views. */
export type LateRow = {
  readonly view: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly eventTime: Instant;
  readonly windowStart: Instant;
  readonly windowEnd: Instant;
  /** What the window's end was compared with. */
  readonly watermark: Instant;
  /** `watermark - eventTime`. */
  readonly latenessMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
};

/**
 * What became of a record: it is in its table, late for a window, or refused. Of a keyed table also: it deleted a row, said
 * what was known (`unchanged`), came after what is later (`superseded`), or was left out by a step (`filtered`). All of
 * these add up to `read`; `removed` are rows that a snapshot no longer had.
 */
export type CountedOutcome =
  | 'accepted'
  | 'late'
  | 'deleted'
  | 'unchanged'
  | 'superseded'
  | 'filtered'
  | 'read'
  | 'removed'
  | Outcome;

/**
 * Counts to be added: records of a table by flow, source partition and outcome, or by rule. `flow` is the flow that wrote
 * them, as the partitions of two flows of one table are those of two inputs; absent for records that no flow wrote. With `total`
 * a count is all that there is until now, and replaces what was stored.
 */
export type CountDelta =
  | {
      readonly kind: 'records';
      readonly table: string;
      readonly flow?: string;
      /** The partition of the flow's input. */
      readonly partition: number;
      readonly outcome: CountedOutcome;
      readonly records: number;
      readonly total?: true;
    }
  | {
      readonly kind: 'rule';
      readonly table: string;
      readonly flow?: string;
      readonly partition: number;
      readonly rule: string;
      readonly action: string;
      /** Records that were judged by it. */
      readonly judged: number;
      /** Of these, the ones that broke it. */
      readonly failed: number;
      /** Of the failed, the ones that were dropped or quarantined. */
      readonly dropped: number;
      readonly total?: true;
    };

/** Rows for the queryable copy of a table. */
export type CopiedRows = { readonly table: string; readonly rows: readonly AnyRow[] };

/** The state of one row of a keyed table after a change. */
export type KeyedChange = {
  /** The values of the keys in the plan's order; for type 2 with `__START_AT` after them. */
  readonly key: readonly Value[];
  /** Null: there is no such row (any more). */
  readonly row: AnyRow | null;
};

/** Everything that one round changes, in one transaction. */
export type GoldCommit = {
  readonly leases: readonly LeaseStep[];
  /** By source table: windows that end at or before this were taken for final when the rows were judged. */
  readonly finalThrough: ReadonlyMap<string, Instant>;
  readonly deltas: ReadonlyMap<string, readonly Delta[]>;
  readonly copies: readonly CopiedRows[];
  /**
   * By keyed table, in the order of its changelog: a later change of a key replaces an earlier one. The store brings change
   * feeds and relational views up to date in the same transaction.
   */
  readonly changes: ReadonlyMap<string, readonly KeyedChange[]>;
  readonly quarantined: readonly QuarantinedRow[];
  readonly late: readonly LateRow[];
  readonly counts: readonly CountDelta[];
};

/** What became of a commit. */
export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Nothing was written: these partitions are held at another epoch or offset. */
  | { readonly kind: 'fenced'; readonly partitions: readonly TopicPartition[] }
  /** Nothing was written: windows were closed meanwhile, so the rows must be judged again. */
  | { readonly kind: 'final_moved'; readonly finalThrough: ReadonlyMap<string, Instant> };

/** Thrown by `commit` when the content of a row is refused (text too long for an index, a number out of range …), not the transaction. */
export class RowRefusedError extends Error {
  override readonly name = 'RowRefusedError';
}

/** The tables of one pipeline's gold layer. */
export interface TableStore {
  /**
   * Creates what the plan needs and does not exist yet. Several instances may call it at once.
   *
   * @throws MED_TABLE_CHANGED when a table exists that was built with other logic.
   */
  migrate(plan: PipelinePlan): Promise<void>;
  /**
   * Has a streaming table show columns that it gained from its files: in the catalog, and in its queryable copy, where rows
   * that are committed from now on may have them. Columns that it has already are left as they are.
   *
   * @throws MED_TABLE_CHANGED when the copy has a column of that name and another type.
   */
  addColumns(table: string, columns: readonly Field[]): Promise<void>;
  /** Takes the partitions' leases at a new epoch, creating those that do not exist at offset 0. */
  acquire(partitions: readonly TopicPartition[], owner: string): Promise<readonly Lease[]>;
  /**
   * Applies a round in one transaction, or nothing of it.
   *
   * @throws MED_STORE_UNAVAILABLE when its fate is unknown: read the leases again with `acquire`.
   * @throws RowRefusedError
   */
  commit(commit: GoldCommit): Promise<CommitOutcome>;
  /** The stored sessions in each range, by view: what rows are judged by before a commit. */
  sessions(
    ranges: ReadonlyMap<string, readonly SessionRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredSession[]>>;
  /**
   * Moves on the point through which windows over `source` are final: the least watermark of its `partitions` partitions
   * that are not idle (of all, when all are idle, the greatest), never back. Partitions without a lease hold it back.
   */
  advanceFinal(source: string, topic: string, partitions: number): Promise<Instant>;
  /**
   * Has all windows over `source` that end at or before `through` be final, if all of its partitions are idle and any had a
   * row: those that `advanceFinal` would not close are remembered as closed by the clock (W6). The point through which
   * windows are final then.
   */
  closeByClock(source: string, topic: string, partitions: number, through: Instant): Promise<Instant>;
  /** What the leases of a topic say, whoever holds them: the next offset by partition. */
  positions(topic: string): Promise<ReadonlyMap<number, Offset>>;
  /** The point through which windows over each source table are final. */
  finalThrough(): Promise<ReadonlyMap<string, Instant>>;
  /**
   * Computes a relational view anew from its inputs, and all that depends on it. Rows that are right stay as they are, so
   * that change feeds only get what differs. Commits to the tables wait for it.
   */
  refresh(view: string): Promise<void>;
  /** Creates the day partitions that come next, drops those beyond their retention, forgets members of final windows. */
  maintain(now: Instant): Promise<void>;
  close(): Promise<void>;
}

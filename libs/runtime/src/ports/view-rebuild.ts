import type { Instant } from '@medallion/core';
import type { Offset, TopicPartition } from './record-log.ts';
import type { CountDelta, Delta, LateRow, SessionRange, StoredSession } from './table-store.ts';

/** What was decided about records of a topic when they were first processed. */
export interface RecordedVerdicts {
  /** Postgres refused its content: it is in quarantine, and counts nowhere. */
  isUnstorable(at: TopicPartition, offset: Offset): boolean;
  /**
   * The starts of the windows that the row was late for, with what their ends were compared with; undefined where nothing
   * is known, so that the row is judged.
   */
  lateFor(at: TopicPartition, offset: Offset): ReadonlyMap<Instant, Instant> | undefined;
}

/** What a round of records adds to the copy. */
export type RebuiltRound = { readonly deltas: readonly Delta[]; readonly late: readonly LateRow[] };

/** What the copy took the place of. */
export type Swapped = {
  /** Rows of the view that are others than before, or new. */
  readonly written: number;
  /** Rows that the view had and the copy has not. */
  readonly removed: number;
};

/**
 * The port to a windowed view that is built beside the one that is read. Nobody sees the copy, and it is gone with the
 * process that builds it: a rebuild that ended in the middle begins again.
 */
export interface ViewRebuild {
  /**
   * `repaired`: what is stored is what is declared, so each row keeps the verdict that it had. `built`: the view is new or
   * stored otherwise, so each row is judged, and nothing may read the topic for the stored one meanwhile.
   */
  readonly mode: 'repaired' | 'built';
  /** Up to where the view has its rows: the leases of the topic that it is made of, by partition. */
  leases(): Promise<ReadonlyMap<number, Offset>>;
  /** The verdicts about records of the partition from `from` up to, not with, `to`. */
  recorded(partition: number, from: Offset, to: Offset): Promise<RecordedVerdicts>;
  /** Sessions of the copy. */
  sessions(ranges: readonly SessionRange[]): Promise<readonly StoredSession[]>;
  merge(round: RebuiltRound): Promise<void>;
  /**
   * In one transaction: lets nobody commit for the topic (its partitions are those below `partitions`), has `finish` bring
   * the copy up to the leases, then makes the view what the copy is: rows, late rows, counts. What is right already stays as
   * it is.
   */
  swap(
    partitions: number,
    finish: (leases: ReadonlyMap<number, Offset>) => Promise<readonly CountDelta[]>,
  ): Promise<Swapped>;
  close(): Promise<void>;
}

import type { Instant } from '@medallion/core';
import type { Sequence } from '@medallion/operators';
import type { AnyRow } from '@medallion/schema';

/** A record of a changelog without its place in it. */
export type Entry = {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly sequence: Sequence;
};

/** A change that is ready to be taken in: what it would be as a row, as bytes, or null for a delete. */
export type ReadyChange = {
  readonly key: string;
  readonly sequence: Sequence;
  /** As `KeyedRows.own` gives it. */
  readonly row: AnyRow | null;
  readonly encoded: Buffer | null;
};

/** A record of a changelog that counts, read back. */
export type RestoredChange = {
  /** Text of the record's key. */
  readonly recordKey: string;
  readonly sequence: Sequence;
  readonly row: AnyRow | null;
  readonly value: Buffer | null;
  readonly at: Instant;
};

/** What one partition of a keyed table's flow knows of its keys: enough to say what a change makes of the table. */
export interface KeyedState {
  /** Takes a change in; gives the records that it makes, its own first. */
  apply(change: ReadyChange, now: Instant): readonly Entry[];
  /** Of a change that made no records: whether it said what is known, and was not overtaken by another one. */
  repeats(change: ReadyChange): boolean;
  /** The row that a key has at a sequence (type 1: now), as a hash of its content; null when it has none. */
  contentAt(key: string, sequence: Sequence): number | null;
  /** The key of the row that a record's key speaks of. */
  rowKey(recordKey: string): string;
  /** Keys that have a row now; null when nobody counts them. */
  readonly alive: number | null;
  /** Takes a record of the changelog back, in the order of the log. */
  restore(change: RestoredChange): void;
  /** All records were taken back. */
  settle(): void;
  /** All records of the row that a record's key speaks of, as they should be. */
  records(recordKey: string): readonly Entry[];
  /** Forgets what was deleted before an instant. */
  forget(before: Instant): void;
  /** Keys, or changes for type 2, that are remembered. */
  readonly size: number;
}

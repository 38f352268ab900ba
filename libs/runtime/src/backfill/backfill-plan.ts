import type { Instant } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';
import type { FoundFile, Offset } from '../ports/index.ts';

/** Files that are read, as they were found when the backfill was begun. */
export type BackfilledFiles = {
  readonly kind: 'files';
  readonly format: FileFormat;
  readonly files: readonly FoundFile[];
};

/** Records of a topic: offsets as they were when the backfill was begun, and of these the ones of a time. */
export type BackfilledTopic = {
  readonly kind: 'topic';
  readonly topic: string;
  /** So many it had when the backfill was begun; where a record goes must not change. */
  readonly partitions: number;
  /** From, up to but not with, to. */
  readonly ranges: readonly { readonly partition: number; readonly from: Offset; readonly to: Offset }[];
  /** Epoch milliseconds of the records' own timestamps, from (inclusive) and to (exclusive); null: any. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
};

/** What a backfill reads: decided once, when it is begun (SPEC B1). */
export type BackfillSource = BackfilledFiles | BackfilledTopic;

/** A backfill that was begun. */
export type Backfill = {
  readonly id: string;
  /** Counts the backfills of a pipeline from 0, in the order in which they were begun. */
  readonly number: number;
  /** The flow whose steps its rows take. */
  readonly flow: string;
  /** What was asked for, as text: the same text is the same backfill. */
  readonly asked: string;
  readonly source: BackfillSource;
  readonly by: string;
  readonly at: Instant;
};

/** How far it is: everything before this is in its topic, acknowledged. */
export type Reached = {
  /** The file or range that is read now, counted from 0. */
  readonly part: number;
  /** Rows of all files before the next one, or the offset of the next record; null at the start of a range. */
  readonly next: number | null;
  /** Where in the file. */
  readonly mark: { readonly row: number; readonly byte: number | null; readonly line: number } | null;
  /** Records that are in the topic. */
  readonly records: number;
};

/** Where every backfill begins. */
export const NOTHING_REACHED: Reached = Object.freeze({ part: 0, next: null, mark: null, records: 0 });

/** How a backfill ended. */
export type BackfillEnd = { readonly records: number; readonly abandoned: boolean };

/** Whether one is further than the other. */
export const isFurther = (a: Reached, b: Reached): boolean =>
  a.part !== b.part ? a.part > b.part : (a.next ?? -1) > (b.next ?? -1);

import type { Instant, MedallionError } from '@medallion/core';
import type { StreamingTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { LogRecord, Offset, OutRecord, PartitionBatch, RowEncoder, TopicPartition } from '../ports/index.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import type { Appended } from '../protocol/fence.ts';
import type { Refusal } from '../protocol/trace.ts';
import type { KnownFates, Settled } from './fates.ts';
import type { JoinedTables } from './join-step.ts';
import type { RecordReader } from './record-reader.ts';

/** What a batch of input became. Counts are for live metrics only. */
export type BatchResult = {
  readonly rows: readonly OutRecord[];
  /** What follows the rows in their topic, and is none of them. */
  readonly after?: readonly OutRecord[];
  readonly traces: readonly OutRecord[];
  readonly tally: Tally;
  /** The record at which an `expectOrFail` stopped the flow: everything before it was processed, nothing from it on. */
  readonly failure: MedallionError | null;
};

/** Live counts of a batch. */
export type Tally = {
  records: number;
  repeated: number;
  refused: Map<string, number>;
  failed: Map<string, number>;
  judged: number;
  /** Rows that a `where` left out, and those of a record without elements. */
  filtered: number;
  /** Rows that found no match in a join. */
  unmatched: number;
};

/**
 * What becomes of a row that its steps kept: records for the table's topic, or why it cannot be in the table. A row that
 * is refused must leave no state behind.
 */
export type RowSink = (
  row: AnyRow,
  record: LogRecord,
  warned: readonly string[],
) => { readonly records: readonly OutRecord[] } | { readonly refusal: Refusal };

/** What a task is made of beside its plan. */
export type TaskParts = {
  readonly reader: RecordReader;
  readonly encoder: RowEncoder;
  /** Absent: each row becomes one record, with the key of the record that it was made of. */
  readonly sink?: RowSink;
  /** The keyed tables that its steps join with. */
  readonly tables?: JoinedTables;
  /** Who decided that a record which breaks an `expectOrFail` goes to quarantine; null while nobody has. */
  readonly skipped?: (at: TopicPartition, offset: Offset) => string | null;
  /** Whether a person had the flow go on at a record before which it had stopped. */
  readonly resumed?: (at: TopicPartition, offset: Offset) => boolean;
  /** What became of records behind the position, for a flow whose verdicts may be others now. */
  readonly fates?: KnownFates;
  /** Told what becomes of each record; the sink tells what becomes of rows that the steps kept. */
  readonly counts?: RecordCounts;
  /** Of a flow that processes again what another one refused; absent for others. */
  readonly redriven?: RedrivenParts;
};

/** Counts what becomes of records, as part of what a flow has settled. */
export interface RecordCounts {
  read(): void;
  ended(outcome: Settled['outcome'], settled: Omit<Settled, 'outcome'>): void;
}

/** How a flow processes again what another one refused (SPEC R2 to R5). */
export type RedrivenParts = {
  /** The flow that refused it, whose rows are in the table too. */
  readonly original: string;
  /** The one element of a record that is to be processed; null for all of it. */
  readonly elementOf: (record: LogRecord) => number | null;
};

/** What a task knows of its table. */
export type TaskTable = Pick<StreamingTablePlan, 'name' | 'eventTime'>;

/** One flow over one partition of its input: what StreamingFlow drives. */
export interface FlowTask {
  /** Processes records that follow the position; `prepare` of the reader must have seen them. */
  process(batch: PartitionBatch, ingestedAt: Instant): BatchResult;
  /**
   * The rows of the last batch were written from this offset of the table's own partition on. False when the task cannot
   * go on from there, and its partition has to be opened again from the last checkpoint.
   */
  written(offset: Offset): boolean | Promise<boolean>;
  /** Asked now and then: false when the partition has to be opened again, as after `written`. Absent: it can always go on. */
  stands?(): Promise<boolean>;
  /** Where this task is: all that a new one needs to go on. */
  position(): FlowPosition;
  /** Goes on at a later offset: what is before it has been dealt with, or is gone. */
  advanceTo(offset: Offset): void;
  /**
   * Where the rows and traces of the last batch were appended, if there were any. False when the partition has to be opened
   * again, as after `written`: they do not count.
   */
  appended?(rows: Appended | null, traces: Appended | null): Promise<boolean>;
  /**
   * Before a checkpoint: what has to stand in the table's topic first, if anything; `written` is told where it stands.
   */
  closing?(): readonly OutRecord[];
  /** Entries of keyed state. */
  readonly entries: number;
}

import type { DurationMs, REJECTED } from '@medallion/core';
import type { AnyRow, Field, FieldType, RowSchema, Value } from '@medallion/schema';

/** Which service keeps a table: bronze-ingest, silver-enrich or gold-aggregate. */
export type Layer = 'bronze' | 'silver' | 'gold';

/** What happens to a row that breaks an expectation; of several broken ones the strongest counts: fail > quarantine > drop > warn. */
export type Action = 'warn' | 'drop' | 'quarantine' | 'fail';

export { REJECTED } from '@medallion/core';

/** One column of an expectation: what it accepts, and into which value it turns it. */
export type ColumnRulePlan = {
  readonly column: string;
  /** Printed into violations: `one of en_route, delivered, delayed`. */
  readonly text: string;
  /** The value to keep (the same, or converted), or REJECTED. A throw counts as rejected. */
  readonly accept: (value: Value) => Value | typeof REJECTED;
};

/** A named rule over one column, several columns, or a whole row. */
export type ExpectationPlan = {
  readonly name: string;
  readonly action: Action;
  readonly text: string;
  readonly rule:
    | { readonly kind: 'columns'; readonly columns: readonly ColumnRulePlan[] }
    | { readonly kind: 'row'; readonly test: (row: AnyRow) => unknown };
};

/** A column computed from a row. */
export type DerivedColumnPlan = { readonly field: Field; readonly compute: (row: AnyRow) => Value | undefined };

/** What is done to each row of a streaming table, in this order. */
export type StepPlan =
  /** All rules are judged before one verdict. */
  | { readonly kind: 'judge'; readonly expectations: readonly ExpectationPlan[] }
  /** Quarantines rows from the future, and moves the watermark. */
  | {
      readonly kind: 'event_time';
      readonly column: string;
      readonly watermarkDelayMs: DurationMs;
      readonly maxFutureSkewMs: DurationMs;
    }
  /** Drops a row whose `by` value was seen within `withinMs` of event time. */
  | { readonly kind: 'dedupe'; readonly by: string; readonly withinMs: DurationMs }
  | { readonly kind: 'derive'; readonly columns: readonly DerivedColumnPlan[] }
  /** Leaves columns out of the stored row. */
  | { readonly kind: 'omit'; readonly columns: readonly string[] }
  /** Keeps the rows that pass; the others leave a count and no trace, as a view's rows do. */
  | { readonly kind: 'where'; readonly text: string; readonly test: (row: AnyRow) => boolean };

/** Where a table's rows come from. */
export type SourcePlan =
  | {
      readonly kind: 'topic';
      readonly topic: string;
      readonly format: 'json';
      /** The column that the record's key holds. */
      readonly key: string;
      /** The declared columns, all of them nullable in the table. */
      readonly declared: RowSchema;
    }
  | { readonly kind: 'table'; readonly table: string };

/** The event time of a table: its column and how far its watermark trails the greatest one. */
export type EventTimePlan = { readonly column: string; readonly watermarkDelayMs: DurationMs };

/** The queryable copy of a bronze or silver table in Postgres. */
export type QueryablePlan = {
  /** A date column by which the copy is partitioned, one partition a day. */
  readonly partitionBy: string;
  /** Days that are older than this are dropped whole. */
  readonly retentionMs: DurationMs;
};

/** An append-only table, kept as a Kafka topic. */
export type StreamingTablePlan = {
  readonly kind: 'streaming_table';
  readonly name: string;
  readonly layer: 'bronze' | 'silver';
  readonly comment: string | null;
  readonly topic: string;
  readonly quarantineTopic: string;
  readonly source: SourcePlan;
  readonly steps: readonly StepPlan[];
  /** The rows as they are stored in `topic`. */
  readonly schema: RowSchema;
  readonly eventTime: EventTimePlan | null;
  readonly queryable: QueryablePlan | null;
  /** How long the topic keeps records. */
  readonly retentionMs: DurationMs;
  readonly version: number;
  readonly hash: string;
};

/** A measure of a materialized view, merged from partial results of batches. */
export type AggregatePlan = {
  readonly name: string;
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'count_distinct';
  /** The measured column; null for `count`. Null values are not measured, as in SQL. */
  readonly column: string | null;
  /** The type of `column`; null for `count`. */
  readonly input: FieldType | null;
  /** Only rows that pass are measured; null for all. */
  readonly where: { readonly text: string; readonly test: (row: AnyRow) => boolean } | null;
  readonly result: Field;
};

/** An expression over a view's columns: data, so that it becomes SQL, text, or a value in a test. */
export type Expression =
  | { readonly op: 'column'; readonly name: string }
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'plus' | 'minus' | 'times'; readonly left: Expression; readonly right: Expression }
  /** Null when the right side is zero or null. */
  | { readonly op: 'per'; readonly left: Expression; readonly right: Expression };

/** A column that a materialized view computes from its own rows. */
export type ViewColumnPlan =
  | { readonly kind: 'expression'; readonly field: Field; readonly expression: Expression }
  /** 1 for the greatest `by` of its window; equal values share a rank, and the next rank is skipped. */
  | { readonly kind: 'rank'; readonly field: Field; readonly by: string }
  /** The sum of `of` over all windows up to and with this one, per group. */
  | { readonly kind: 'cumulative'; readonly field: Field; readonly of: string };

/** A windowed aggregation, kept as mergeable state in Postgres and shown as a view. */
export type MaterializedViewPlan = {
  readonly kind: 'materialized_view';
  readonly name: string;
  readonly layer: 'gold';
  readonly comment: string | null;
  /** The streaming table that it reads. */
  readonly source: string;
  readonly eventTime: EventTimePlan;
  readonly window: { readonly kind: 'tumbling'; readonly sizeMs: DurationMs; readonly graceMs: DurationMs };
  readonly groupBy: readonly Field[];
  readonly aggregates: readonly AggregatePlan[];
  readonly columns: readonly ViewColumnPlan[];
  /** window_start, window_end, the group, the measures, the computed columns; all that a user sees but `is_final` and `updated_at`. */
  readonly schema: RowSchema;
  readonly version: number;
  readonly hash: string;
};

/** A table of a pipeline. */
export type TablePlan = StreamingTablePlan | MaterializedViewPlan;

/** A pipeline as data: frozen, valid, every table after those that it reads. */
export type PipelinePlan = {
  readonly name: string;
  /** The Postgres schema of its tables. */
  readonly schemaName: string;
  readonly tables: readonly TablePlan[];
};

/** Columns that every table fed by an external topic gets beside the declared ones: where a row came from, and what did not fit. */
export const AUDIT = {
  rescued: '_rescued_data',
  ingestedAt: 'ingestion_timestamp',
  ingestedOn: 'ingestion_date',
  topic: 'source_topic',
  partition: 'source_partition',
  offset: 'source_offset',
} as const;

import type { DurationMs, REJECTED } from '@medallion/core';
import type { SqlExpression } from '@medallion/expressions';
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

/** How much of a rule may be broken before the flow stops. */
export type ThresholdPlan = {
  /** The share of broken rows, from 0 to less than 1, above which the flow stops. */
  readonly moreThan: number;
  /** Rows are counted by partition, in tumbling windows of this length over the timestamps of their records. */
  readonly ofMs: DurationMs;
  /** Fewer rows in a window say nothing. */
  readonly atLeast: number;
};

/** What is known of any rule, whatever judges it. */
export type RulePlan = {
  readonly name: string;
  readonly action: Action;
  readonly text: string;
  /** Absent: any share may be broken. */
  readonly threshold?: ThresholdPlan;
};

/** A named rule over one column, several columns, or a whole row. */
export type ExpectationPlan = RulePlan & {
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
  /**
   * Finds a row whose `by` value was seen within `withinMs` of event time. It is a duplicate, or breaks the rule where
   * there is one: with `warn` it is kept.
   */
  | { readonly kind: 'dedupe'; readonly by: string; readonly withinMs: DurationMs; readonly rule?: RulePlan }
  | { readonly kind: 'derive'; readonly columns: readonly DerivedColumnPlan[] }
  /** Leaves columns out of the stored row. */
  | { readonly kind: 'omit'; readonly columns: readonly string[] }
  /** Keeps the rows that pass; the others leave a count and no trace, as a view's rows do. */
  | { readonly kind: 'where'; readonly text: string; readonly test: (row: AnyRow) => boolean }
  /** Makes a row of each element of a list column; the row's other columns are repeated. An empty list or null makes none. */
  | {
      readonly kind: 'explode';
      readonly column: string;
      /** Columns of the element → columns of the row. */
      readonly fields: readonly { readonly from: string; readonly field: Field }[];
      /** The column that counts the elements from 0; null for none. */
      readonly position: string | null;
    }
  | JoinPlan;

/** A stream joined with a keyed table, as the table is known when the row comes. */
export type JoinPlan = {
  readonly kind: 'join';
  /** The keyed table. All of it that was there at the start is read before the first row is judged. */
  readonly table: string;
  /** `latest`: the row that counts now; `as_of`: the version that was valid at the row's event time. */
  readonly mode: 'latest' | 'as_of';
  /** What becomes of a row without a match: `left` keeps it with nulls, `inner` leaves it out. Both count it. */
  readonly type: 'left' | 'inner';
  /** Columns of the row, in the order of the table's keys. */
  readonly on: readonly string[];
  /** Columns of the table → columns of the row. */
  readonly columns: readonly { readonly from: string; readonly field: Field }[];
};

/** How the files of a source are read. */
export type FileFormat =
  | { readonly kind: 'json_lines' }
  /** One JSON array of objects a file, or one object. */
  | { readonly kind: 'json' }
  /** RFC 4180 with a header line; an empty unquoted value is null. */
  | { readonly kind: 'csv'; readonly delimiter: string }
  | { readonly kind: 'parquet' };

/**
 * What becomes of columns that nobody declared: `add_new_columns` makes them columns of the table, `rescue` keeps them in
 * `_rescued_data`, `fail` stops the flow at the file, `none` leaves them out.
 */
export type SchemaEvolution = 'add_new_columns' | 'rescue' | 'fail' | 'none';

/** Files that land in a folder or a bucket. */
export type FilesPlan = {
  readonly kind: 'files';
  /** Below the root that the service is configured with; it may hold folders of its own. */
  readonly path: string;
  /** Names of files, with `*` for any characters: `*.json`. */
  readonly pattern: string;
  readonly format: FileFormat;
  /** The declared columns, all of them nullable in the table. */
  readonly declared: RowSchema;
  readonly evolution: SchemaEvolution;
  /** The column that a record's key holds; records of one key go to one partition. */
  readonly key: string;
  readonly partitions: number;
  /** The log of the files that were found, in the order in which they are read. */
  readonly filesTopic: string;
};

/** Where a flow's rows come from. */
export type SourcePlan =
  | {
      readonly kind: 'topic';
      readonly topic: string;
      readonly format: 'json' | 'avro';
      /** The column that the record's key holds. */
      readonly key: string;
      /** The declared columns, all of them nullable in the table. */
      readonly declared: RowSchema;
    }
  | { readonly kind: 'table'; readonly table: string }
  | FilesPlan
  /** Batches of rows that replace one another: each file that matches is one state of the whole table, the newest counts. */
  | (Omit<FilesPlan, 'kind' | 'evolution' | 'key' | 'partitions'> & { readonly kind: 'snapshot' });

/** One way of rows into a table, with progress and counts of its own. */
export type FlowPlan = {
  /** The table's name, or `<table>.<name>` for an append flow; unique in the pipeline, without a colon. */
  readonly name: string;
  readonly source: SourcePlan;
  /** The views between source and table, nearest the source first; their steps are the first of `steps`. */
  readonly views: readonly string[];
  readonly steps: readonly StepPlan[];
  /** Ends for good once it has reached the end that its input had when it first began. */
  readonly once: boolean;
};

/** The event time of a table: its column and how far its watermark trails the greatest one. */
export type EventTimePlan = { readonly column: string; readonly watermarkDelayMs: DurationMs };

/** The queryable copy of a bronze or silver table in Postgres. */
export type QueryablePlan = {
  /** A date column by which the copy is partitioned, one partition a day. */
  readonly partitionBy: string;
  /** Days that are older than this are dropped whole. */
  readonly retentionMs: DurationMs;
};

/** How a table is stored; the rows are the same without it. */
export type StoragePlan = {
  /** The order of rows by which they are found fast: an index in Postgres, by which the table is clustered. */
  readonly clusterBy: readonly string[];
  /** Percent of a page that inserts fill; 10 to 100. */
  readonly fillfactor: number | null;
  /** Postgres storage parameters of autovacuum, by name: `autovacuum_vacuum_scale_factor`. */
  readonly autovacuum: Readonly<Record<string, number>>;
  /** The topic's cleanup policy. */
  readonly cleanup: 'delete' | 'compact' | 'compact,delete';
};

/** What the catalog says of a table or column beside its comment; `personal` columns are masked for roles without the right. */
export type GovernancePlan = {
  readonly tags: Readonly<Record<string, string>>;
  readonly personal: readonly string[];
};

/** An append-only table, kept as a Kafka topic. */
export type StreamingTablePlan = {
  readonly kind: 'streaming_table';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  readonly topic: string;
  readonly quarantineTopic: string;
  /** At least one. */
  readonly flows: readonly FlowPlan[];
  /** The column that a record's key holds; null when rows keep no such column. */
  readonly key: string | null;
  /** The rows as they are stored in `topic`. */
  readonly schema: RowSchema;
  readonly eventTime: EventTimePlan | null;
  readonly queryable: QueryablePlan | null;
  /** How long the topic keeps records. */
  readonly retentionMs: DurationMs;
  readonly storage: StoragePlan;
  readonly governance: GovernancePlan;
  readonly version: number;
  readonly hash: string;
};

/** A selection of a streaming table that is declared once and never stored: flows that read it take its steps over. */
export type ViewPlan = {
  readonly kind: 'view';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  /** The streaming table or view that it reads. */
  readonly source: string;
  readonly steps: readonly StepPlan[];
  readonly schema: RowSchema;
  readonly version: number;
  readonly hash: string;
};

/** Which rows of a keyed table delete: text for people and the test. */
export type DeletesPlan = { readonly text: string; readonly test: (row: AnyRow) => boolean };

/**
 * A table with one row a key (slowly changing dimension type 1) or one row a key and validity (type 2), made of changes
 * by key and sequence. Kept as a compacted changelog topic, and as a table in Postgres.
 */
export type KeyedTablePlan = {
  readonly kind: 'keyed_table';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  /** `<pipeline>.<table>.changelog`; what a record in it means is in the runtime's protocol/changelog.ts. */
  readonly changelogTopic: string;
  readonly quarantineTopic: string;
  /** Where the changes come from: a streaming table keyed by `keys`, or a snapshot. */
  readonly flow: FlowPlan;
  readonly keys: readonly string[];
  /** The column whose greater value is the later change; null for a snapshot, whose states follow one another. */
  readonly sequenceBy: string | null;
  readonly deletes: DeletesPlan | null;
  readonly storedAs: 1 | 2;
  /** Type 2: the columns of which a new value makes a new version; others are only kept up to date in it. */
  readonly tracked: readonly string[];
  /** How long a deleted key is remembered, so that an older change cannot bring it back. */
  readonly tombstoneRetentionMs: DurationMs;
  /** The rows as users see them: with `__START_AT` and `__END_AT` for type 2. */
  readonly schema: RowSchema;
  readonly storage: StoragePlan;
  readonly governance: GovernancePlan;
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

/** Half-open intervals of event time that rows are counted in. */
export type WindowPlan =
  /** Side by side: a row belongs to one. */
  | { readonly kind: 'tumbling'; readonly sizeMs: DurationMs; readonly graceMs: DurationMs }
  /** Overlapping: a new one begins each `advanceMs`, which is at most the size. */
  | {
      readonly kind: 'hopping';
      readonly sizeMs: DurationMs;
      readonly advanceMs: DurationMs;
      readonly graceMs: DurationMs;
    }
  /** Of each group: rows that are at most the gap apart, one after the other; from the first to the last + gap. */
  | { readonly kind: 'session'; readonly gapMs: DurationMs; readonly graceMs: DurationMs };

/** A windowed aggregation, kept as mergeable state in Postgres and shown as a view. */
export type MaterializedViewPlan = {
  readonly kind: 'materialized_view';
  readonly name: string;
  readonly layer: 'gold';
  readonly comment: string | null;
  /** The streaming table that it reads. */
  readonly source: string;
  readonly eventTime: EventTimePlan;
  readonly window: WindowPlan;
  readonly groupBy: readonly Field[];
  readonly aggregates: readonly AggregatePlan[];
  readonly columns: readonly ViewColumnPlan[];
  /** window_start, window_end, the group, the measures, the computed columns; all that a user sees but `is_final` and `updated_at`. */
  readonly schema: RowSchema;
  readonly version: number;
  readonly hash: string;
};

/** A table that a relational view looks rows up in. */
export type RelationJoinPlan = {
  /** A keyed table, or another relational view. */
  readonly table: string;
  readonly type: 'left' | 'inner';
  /** Of each pair, a column of what was joined so far and one of `table`; the latter are its key. */
  readonly on: readonly (readonly [left: string, right: string])[];
  /** Columns of `table` → columns of the view; `otherwise` stands in where there is no match. */
  readonly columns: readonly { readonly from: string; readonly field: Field; readonly otherwise: Value }[];
};

/** A measure of a relational view. */
export type RelationAggregatePlan = {
  readonly name: string;
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'count_distinct';
  /** Null for `count`. */
  readonly column: string | null;
  readonly where: SqlExpression | null;
  readonly result: Field;
};

/**
 * A materialized view without windows, kept in Postgres: joins, a filter, groups. It equals the batch query over its
 * inputs after every commit; only the groups that a change touches are computed again.
 */
export type RelationalViewPlan = {
  readonly kind: 'relational_view';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  /** A keyed table, or another relational view. */
  readonly source: string;
  readonly joins: readonly RelationJoinPlan[];
  /** Columns computed from a joined row, in order; later ones may use earlier ones. */
  readonly derived: readonly { readonly field: Field; readonly expression: SqlExpression }[];
  readonly where: SqlExpression | null;
  /** Null: a row for each row of `source`, with its key. */
  readonly groupBy: readonly Field[] | null;
  readonly aggregates: readonly RelationAggregatePlan[];
  /** Columns computed from a group's row. */
  readonly columns: readonly { readonly field: Field; readonly expression: SqlExpression }[];
  /** The columns that identify a row: of the groups, or of `source`. */
  readonly key: readonly string[];
  /**
   * An integer for each key that stays the same for ever, from 1 on; the row with 0 stands for the unknown: its other
   * columns are null. Null for a view without.
   */
  readonly surrogateKey: string | null;
  /** The columns that users see, in order. */
  readonly schema: RowSchema;
  readonly storage: StoragePlan;
  readonly governance: GovernancePlan;
  readonly version: number;
  readonly hash: string;
};

/**
 * The changes of a keyed table or relational view, from its version 0 on, one row for each: the columns of the table and
 * those of CHANGE. Kept in Postgres, written by the commit that makes the change.
 */
export type ChangeFeedPlan = {
  readonly kind: 'change_feed';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  readonly source: string;
  readonly schema: RowSchema;
  readonly version: number;
  readonly hash: string;
};

/** The columns of a change feed beside those of the table. */
export const CHANGE = {
  /** insert, update_preimage, update_postimage or delete. */
  type: '_change_type',
  /** Counts the commits that changed the table, from 0. */
  version: '_commit_version',
  at: '_commit_timestamp',
} as const;

/** The columns that a type 2 table adds: when a version began (inclusive) and ended (exclusive, null while it is current). */
export const VALIDITY = { from: '__START_AT', to: '__END_AT' } as const;

/** A table of a pipeline. */
export type TablePlan =
  | StreamingTablePlan
  | ViewPlan
  | KeyedTablePlan
  | MaterializedViewPlan
  | RelationalViewPlan
  | ChangeFeedPlan;

/** A pipeline as data: frozen, valid, every table after those that it reads. */
export type PipelinePlan = {
  readonly name: string;
  /** The Postgres schema of its tables. */
  readonly schemaName: string;
  /** Runs on and on, or until everything that was there at its start is processed. */
  readonly mode: 'continuous' | 'triggered';
  /** Fails at the first error that might pass, instead of trying again. */
  readonly development: boolean;
  readonly tables: readonly TablePlan[];
};

/** Columns that every table fed by files gets beside the declared ones. */
export const FILE_AUDIT = {
  rescued: '_rescued_data',
  ingestedAt: 'ingestion_timestamp',
  ingestedOn: 'ingestion_date',
  file: 'source_file',
  /** Counts the rows of the file from 0. */
  row: 'source_row',
} as const;

/** Columns that every table fed by an external topic gets beside the declared ones: where a row came from, and what did not fit. */
export const AUDIT = {
  rescued: '_rescued_data',
  ingestedAt: 'ingestion_timestamp',
  ingestedOn: 'ingestion_date',
  topic: 'source_topic',
  partition: 'source_partition',
  offset: 'source_offset',
} as const;

import type { RowSchema } from '@medallion/schema';
import type { StepPlan } from './plan-steps.ts';

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
  /** Rows keep the text that they were read from, in `_raw`. */
  readonly raw?: true;
  /** The column that a record's key holds; records of one key go to one partition. */
  readonly key: string;
  readonly partitions: number;
  /** Files that may be read at the same time: the partitions of the log of files. With one, all rows have one order. */
  readonly readers: number;
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
      /** Rows keep the text that they were read from, in `_raw`. */
      readonly raw?: true;
    }
  | { readonly kind: 'table'; readonly table: string }
  | FilesPlan
  /** Batches of rows that replace one another: each file that matches is one state of the whole table, the newest counts. */
  | (Omit<FilesPlan, 'kind' | 'evolution' | 'raw' | 'key' | 'partitions' | 'readers'> & { readonly kind: 'snapshot' });

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

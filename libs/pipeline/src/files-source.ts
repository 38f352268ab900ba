import type { EpochDay, Instant } from '@medallion/core';
import { date, type Field, fieldsOf, long, nullable, type RowSpec, string, timestamp } from '@medallion/schema';
import { FILE_AUDIT, type FileFormat, type SchemaEvolution } from './plan.ts';
import type { RawColumn } from './source.ts';
import type { ColumnName, Pretty } from './types.ts';

/** How files are read, and the columns that are declared of them. */
export type FileRows<D> = { readonly format: FileFormat; readonly declared: RowSpec<D> };

const fileRows = <D>(format: FileFormat, declared: RowSpec<D>): FileRows<D> =>
  Object.freeze({ format: Object.freeze(format), declared });

/** A JSON object a line. */
export const jsonLines = <D>(declared: RowSpec<D>): FileRows<D> => fileRows({ kind: 'json_lines' }, declared);
/** One JSON array of objects a file, or one object. */
export const jsonArray = <D>(declared: RowSpec<D>): FileRows<D> => fileRows({ kind: 'json' }, declared);
/** Comma-separated values with a header line; an empty unquoted value is null. */
export const csv = <D>(declared: RowSpec<D>, options: { readonly delimiter?: string } = {}): FileRows<D> =>
  fileRows({ kind: 'csv', delimiter: options.delimiter ?? ',' }, declared);
/** Apache Parquet. */
export const parquet = <D>(declared: RowSpec<D>): FileRows<D> => fileRows({ kind: 'parquet' }, declared);

/** Files that land in a folder or a bucket, each read once; `Raw`: whether rows keep the text that they were read from. */
export type FilesSource<D, Raw extends boolean = boolean> = {
  readonly kind: 'files';
  readonly path: string;
  readonly pattern: string;
  readonly rows: FileRows<D>;
  readonly key: string;
  readonly evolution: SchemaEvolution;
  readonly partitions: number;
  readonly readers: number;
  readonly raw: Raw;
};

/** A batch of rows that replaces the one before, each time its file changes. `$key` exists for the compiler only. */
export type SnapshotSource<D, K extends string = string> = {
  readonly kind: 'snapshot';
  readonly path: string;
  readonly pattern: string;
  readonly rows: FileRows<D>;
  readonly keys: readonly K[];
};

/** The columns that every table fed by files gets beside the declared ones. */
export type FileAuditColumns = {
  readonly _rescued_data: string | null;
  readonly ingestion_timestamp: Instant;
  readonly ingestion_date: EpochDay;
  readonly source_file: string;
  readonly source_row: number;
};

/** A row as it was read: whatever does not fit its declared type is null and kept in `_rescued_data`. */
export type ReadFromFile<D, Raw extends boolean = false> = Pretty<
  { readonly [K in keyof D]: D[K] | null } & RawColumn<Raw> & FileAuditColumns
>;

/** A row of a snapshot: its keys are never null. */
export type Snapshotted<D, K> = { readonly [P in keyof D]: P extends K ? NonNullable<D[P]> : D[P] | null };

/** Partitions of a table fed by files, unless told otherwise. */
const PARTITIONS = 4;

/**
 * Files as the source of a table. `path` is below the root that the service is configured with; `key` names the column
 * by whose value rows are kept together, in order. Columns that nobody declared are kept in `_rescued_data` unless
 * `evolution` says otherwise.
 *
 * `partitions` is how many the table has: by so many its rows can be worked on at once from there. Files are read one after
 * the other, in the order of their paths, as far as they are found together. Where one reader is not enough, `readers` says
 * how many files may be read at once, each by any instance of the service; rows of different readers have no order then,
 * so windows and `dedupe` over them are refused.
 *
 * With `raw: true` rows keep what they were read from in `_raw`: of JSON the object as it stands in the file; of CSV a JSON
 * object of its texts, and of Parquet one of its values (whole numbers with all digits, bytes in base64).
 *
 * @example files('orders', { pattern: '*.json', format: jsonLines(RawOrder), key: 'order_id' })
 */
export const files = <D, Raw extends boolean = false>(
  path: string,
  options: {
    readonly pattern: string;
    readonly format: FileRows<D>;
    readonly key: ColumnName<D>;
    readonly evolution?: SchemaEvolution;
    readonly partitions?: number;
    readonly readers?: number;
    readonly raw?: Raw;
  },
): FilesSource<D, NoInfer<Raw>> =>
  // No inference from where it is put: within `.from(…)` that would make `true` a boolean.
  Object.freeze({
    kind: 'files' as const,
    path,
    pattern: options.pattern,
    rows: options.format,
    key: options.key,
    evolution: options.evolution ?? 'rescue',
    partitions: options.partitions ?? PARTITIONS,
    readers: options.readers ?? 1,
    // What is left out is false, by the default of `Raw`.
    raw: (options.raw ?? false) as Raw,
  });

/**
 * A batch source as the source of a keyed table: of the files that match, the newest is the whole table. What it no
 * longer holds is deleted.
 *
 * @example snapshot('customers', { pattern: '*.parquet', format: parquet(RawCustomer), keys: ['customer_id'] })
 */
export const snapshot = <D, K extends ColumnName<D>>(
  path: string,
  options: { readonly pattern: string; readonly format: FileRows<D>; readonly keys: readonly K[] },
): SnapshotSource<D, K> =>
  Object.freeze({
    kind: 'snapshot' as const,
    path,
    pattern: options.pattern,
    rows: options.format,
    keys: Object.freeze([...options.keys]),
  });

/** The fields of `FileAuditColumns`. */
export const fileAuditFields: readonly Field[] = fieldsOf({
  [FILE_AUDIT.rescued]: nullable(string('what did not fit the declared columns, as JSON')),
  [FILE_AUDIT.ingestedAt]: timestamp('when the row was read'),
  [FILE_AUDIT.ingestedOn]: date('the day of ingestion_timestamp'),
  [FILE_AUDIT.file]: string('the path of the file'),
  [FILE_AUDIT.row]: long('counts the rows of the file from 0'),
});

import type { EpochDay, Instant } from '@medallion/core';
import { date, type Field, fieldsOf, int, long, nullable, type RowSpec, string, timestamp } from '@medallion/schema';
import { AUDIT, RAW } from './plan.ts';
import type { ColumnName, Pretty } from './types.ts';

/** How the values of a topic are read. */
export type Format<D> = { readonly format: 'json' | 'avro'; readonly declared: RowSpec<D> };

/** A topic that something else writes; `Raw`: whether its rows keep the text of their records. */
export type TopicSource<D, Raw extends boolean = boolean> = {
  readonly kind: 'topic';
  readonly topic: string;
  readonly key: string;
  readonly value: Format<D>;
  readonly raw: Raw;
};

/** The columns that every table fed by a topic gets beside the declared ones. */
export type AuditColumns = {
  readonly _rescued_data: string | null;
  readonly ingestion_timestamp: Instant;
  readonly ingestion_date: EpochDay;
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: number;
};

/** The column that rows have beside the others when their source says `raw: true`. */
export type RawColumn<Raw extends boolean> = Raw extends true ? { readonly _raw: string | null } : unknown;

/** A row as it arrived: whatever does not fit its declared type is null and kept in `_rescued_data`. */
export type Ingested<D, Raw extends boolean = false> = Pretty<
  { readonly [K in keyof D]: D[K] | null } & RawColumn<Raw> & AuditColumns
>;

/** JSON objects with these columns. */
export const json = <D>(declared: RowSpec<D>): Format<D> => Object.freeze({ format: 'json' as const, declared });

/** Avro records with these columns, by the schemas that the registry knows; a column of another type is rescued. */
export const avro = <D>(declared: RowSpec<D>): Format<D> => Object.freeze({ format: 'avro' as const, declared });

/**
 * A Kafka topic as the source of a table; `key` names the column that a record's key holds. With `raw: true` rows keep the
 * text of the record's value in `_raw`: JSON as it came, to the byte; of Avro, which is no text, the decoded record as JSON.
 *
 * @example topic('santa.deliveries.raw', { format: json(RawDelivery), key: 'delivery_id' })
 */
export const topic = <D, Raw extends boolean = false>(
  name: string,
  options: { readonly format: Format<D>; readonly key: ColumnName<D>; readonly raw?: Raw },
): TopicSource<D, NoInfer<Raw>> =>
  // No inference from where it is put: within `.from(…)` that would make `true` a boolean.
  Object.freeze({
    kind: 'topic' as const,
    topic: name,
    key: options.key,
    value: options.format,
    // What is left out is false, by the default of `Raw`.
    raw: (options.raw ?? false) as Raw,
  });

/** The field of `RawColumn`; none unless it is asked for. */
export const rawFields = (raw: boolean): readonly Field[] =>
  raw ? fieldsOf({ [RAW]: nullable(string('the input that the row was read from, as it came')) }) : [];

/** The fields of `AuditColumns`. */
export const auditFields: readonly Field[] = fieldsOf({
  [AUDIT.rescued]: nullable(string('what did not fit the declared columns, as JSON')),
  [AUDIT.ingestedAt]: timestamp('when the record was read'),
  [AUDIT.ingestedOn]: date('the day of ingestion_timestamp'),
  [AUDIT.topic]: string('the topic of the source record'),
  [AUDIT.partition]: int('the partition of the source record'),
  [AUDIT.offset]: long('the offset of the source record'),
});

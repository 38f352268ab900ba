// The columns that the engine adds to tables.

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

/** On request, the input that a row was read from, as text. It may name anybody, as what was rescued may. */
export const RAW = '_raw';

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

import type { DurationMs } from '@medallion/core';

/** Which service keeps a table: bronze-ingest, silver-enrich or gold-aggregate. */
export type Layer = 'bronze' | 'silver' | 'gold';

/** The event time of a table: its column and how far its watermark trails the greatest one. */
export type EventTimePlan = {
  readonly column: string;
  readonly watermarkDelayMs: DurationMs;
  /**
   * When everything before the table is silent, windows that ended so long ago by the clock are closed. Absent: only rows
   * close windows.
   */
  readonly closeWhenSilentMs?: DurationMs;
};

/** The queryable copy of a bronze or silver table in Postgres. */
export type QueryablePlan =
  | {
      /** A date column by which the copy is partitioned, one partition a day. */
      readonly partitionBy: string;
      /** Days that are older than this are dropped whole. */
      readonly retentionMs: DurationMs;
    }
  /** One table without partitions, of which nothing is dropped. */
  | { readonly partitionBy: null; readonly retentionMs: null };

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
  /** By subject (`customer`), the columns that say which person a row is about. Absent: none are declared. */
  readonly subjects?: Readonly<Record<string, readonly string[]>>;
};

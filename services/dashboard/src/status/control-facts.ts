import { type Instant, NEVER } from '@medallion/core';
import type { Query } from '@medallion/postgres';

/** What was counted of a table. */
export type Counted = {
  readonly table: string;
  readonly accepted: number;
  /** Records that are in no table: refused, dropped, late, repeated. */
  readonly quarantined: number;
  /** When the newest row was counted; null where none was. */
  readonly acceptedAt: Instant | null;
  /** When anything was counted last. */
  readonly countedAt: Instant;
};

/** What the expectations of a table found. */
export type Judged = { readonly table: string; readonly judged: number; readonly failed: number };

/** Who may commit for a partition, and up to where its records are in the tables. */
export type HeldLease = {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly next: number;
  readonly watermark: Instant | null;
  readonly idle: boolean;
  readonly owner: string;
  readonly updatedAt: Instant;
};

/** What the control tables say of a pipeline, at one moment. */
export type ControlFacts = {
  /** The database's own time: ages are told by it, so that its clock may differ from ours. */
  readonly now: Instant;
  readonly counted: ReadonlyMap<string, Counted>;
  readonly judged: ReadonlyMap<string, Judged>;
  readonly leases: readonly HeldLease[];
  /** Through when windows over a source are final. */
  readonly final: ReadonlyMap<string, Instant>;
};

/** Outcomes of records that the table has, or that were never meant to be in it. */
const NOT_REFUSED = ['accepted', 'read', 'removed', 'deleted', 'unchanged', 'superseded', 'filtered'];

const COUNTED = `SELECT table_name AS "table",
  coalesce(sum(records) FILTER (WHERE outcome = 'accepted'), 0)::bigint AS accepted,
  coalesce(sum(records) FILTER (WHERE outcome <> ALL ($2::text[])), 0)::bigint AS quarantined,
  max(updated_at) FILTER (WHERE outcome = 'accepted') AS "acceptedAt", max(updated_at) AS "countedAt"
FROM medallion.table_counts WHERE pipeline = $1 GROUP BY table_name`;

const JUDGED = `SELECT table_name AS "table", sum(records)::bigint AS judged, sum(failed)::bigint AS failed
FROM medallion.data_quality_metrics WHERE pipeline = $1 GROUP BY table_name`;

const LEASES = `SELECT topic, partition, epoch, next_offset AS next, nullif(watermark, '-infinity') AS watermark, idle, owner,
  updated_at AS "updatedAt" FROM medallion.lease WHERE pipeline = $1 ORDER BY topic, partition`;

const FINAL = `SELECT source, final_through AS through FROM medallion.watermarks WHERE pipeline = $1`;

/** The leases of a pipeline. Throws MED_STORE_UNAVAILABLE. */
export const heldLeases = (query: Query, pipeline: string): Promise<readonly HeldLease[]> =>
  query<HeldLease>(LEASES, [pipeline]);

/** Reads the control tables; in a snapshot, so that counts and leases are of the same commit. Throws MED_STORE_UNAVAILABLE. */
export async function controlFacts(query: Query, pipeline: string): Promise<ControlFacts> {
  const [[clock], counted, judged, leases, final] = await Promise.all([
    query<{ now: Instant }>('SELECT clock_timestamp() AS now'),
    query<Counted>(COUNTED, [pipeline, NOT_REFUSED]),
    query<Judged>(JUDGED, [pipeline]),
    heldLeases(query, pipeline),
    query<{ source: string; through: Instant }>(FINAL, [pipeline]),
  ]);
  return {
    now: clock!.now,
    counted: new Map(counted.map((each) => [each.table, each])),
    judged: new Map(judged.map((each) => [each.table, each])),
    leases,
    final: new Map(final.filter(({ through }) => through !== NEVER).map(({ source, through }) => [source, through])),
  };
}

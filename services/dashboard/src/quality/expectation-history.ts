import type { Query } from '@medallion/postgres';
import type { ExpectationHistory } from '../contract/index.ts';
import { KNOWN_OUTCOMES } from './known-outcomes.ts';
import type { RuleSamples } from './rule-samples.ts';

/** Buckets of a history at most. */
const BUCKETS = 60;
/** A rule with no more rows than these is counted by the index of rules, whole. */
const FEW_ROWS = 10_000;
/** Of others the newest rows of the quarantine are looked through, so many: those of the index of rules have no order. */
const SEEN_ROWS = 30_000;
const MINUTE_MS = 60_000;

/** Which rule, and how far back. */
export type HistoryOf = {
  readonly pipeline: string;
  readonly table: string;
  readonly rule: string;
  readonly action: string;
  readonly minutes: number;
};

type Bucket = { readonly bucket: number; readonly failed: number };

const BROKEN = `q.violations @> jsonb_build_array(jsonb_build_object('expectation', $3::text))`;
const OF_TABLE = 'q.pipeline = $1 AND q.table_name = $2 AND q.ingested_at >= $4::timestamptz';

const FEW = `SELECT count(*)::integer AS rows FROM (
  SELECT FROM medallion.quarantine q WHERE ${OF_TABLE} AND ${BROKEN} LIMIT ${FEW_ROWS + 1}) AS q`;

const BUCKET = `floor((extract(epoch FROM q.ingested_at) - $5::bigint) / $6::integer)::integer AS bucket`;

const ALL_FAILED = `SELECT ${BUCKET}, count(*)::bigint AS failed FROM medallion.quarantine q
WHERE ${OF_TABLE} AND ${BROKEN} GROUP BY 1`;

const NEWEST_FAILED = `WITH ${KNOWN_OUTCOMES}, seen AS MATERIALIZED (
  SELECT ${BUCKET}, ${BROKEN} AS failed
  FROM known k CROSS JOIN LATERAL (
    SELECT q.ingested_at, q.violations FROM medallion.quarantine q
    WHERE ${OF_TABLE} AND q.outcome = k.outcome ORDER BY q.ingested_at DESC LIMIT ${SEEN_ROWS}) AS q
  WHERE k.table_name = $2 ORDER BY q.ingested_at DESC LIMIT ${SEEN_ROWS})
SELECT bucket, count(*) FILTER (WHERE failed)::bigint AS failed FROM seen GROUP BY 1
UNION ALL SELECT -1, count(*)::bigint FROM seen`;

/**
 * How many rows failed a rule, and how many it judged, over time. Failures by the quarantine, which says when; what rules that
 * only warn found, and how many were judged, as far as it was looked at.
 */
export async function historyOf(
  query: Query,
  samples: RuleSamples,
  of: HistoryOf,
  now: number,
): Promise<ExpectationHistory> {
  const bucketMinutes = Math.ceil(of.minutes / BUCKETS);
  const bucketMs = bucketMinutes * MINUTE_MS;
  const buckets = Math.ceil(of.minutes / bucketMinutes);
  const startMs = (Math.floor(now / bucketMs) - buckets + 1) * bucketMs;
  const sampled = samples.between(of, startMs, bucketMinutes, buckets);
  const failed =
    of.action === 'warn'
      ? sampled.map((sample) => sample?.failed ?? null)
      : await traced(query, of, startMs, bucketMs, buckets);
  return {
    start: Array.from({ length: buckets }, (_, i) => new Date(startMs + i * bucketMs).toISOString()),
    bucketSeconds: bucketMs / 1_000,
    failed,
    judged: sampled.map((sample) => sample?.judged ?? null),
  };
}

async function traced(
  query: Query,
  { pipeline, table, rule }: HistoryOf,
  startMs: number,
  bucketMs: number,
  buckets: number,
): Promise<(number | null)[]> {
  const which = [pipeline, table, rule, new Date(startMs).toISOString()];
  const [{ rows } = { rows: 0 }] = await query<{ rows: number }>(FEW, which);
  const isFew = rows <= FEW_ROWS;
  const found = await query<Bucket>(isFew ? ALL_FAILED : NEWEST_FAILED, [
    ...which,
    ...[startMs / 1_000, bucketMs / 1_000],
  ]);
  const seen = found.find(({ bucket }) => bucket === -1)?.failed ?? 0;
  const counted = new Map(found.filter(({ bucket }) => bucket >= 0).map(({ bucket, failed }) => [bucket, failed]));
  // Where not all were looked through, of the oldest bucket that has some only a part is known, and nothing of those before.
  const known = seen < SEEN_ROWS ? 0 : Math.min(...counted.keys()) + 1;
  return Array.from({ length: buckets }, (_, i) => (i < known ? null : (counted.get(i) ?? 0)));
}

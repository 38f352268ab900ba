import type { Query } from '@medallion/postgres';
import type { ExpectationHistory } from '../contract/index.ts';
import { KNOWN_OUTCOMES } from './known-outcomes.ts';
import type { RuleSamples } from './rule-samples.ts';

/** Buckets of a history at most. */
const BUCKETS = 60;
/** Rows of the quarantine that are counted, newest first. */
const COUNTED_ROWS = 50_000;
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

const COUNTED = `WITH ${KNOWN_OUTCOMES}, counted AS MATERIALIZED (
  SELECT floor((extract(epoch FROM q.ingested_at) - $5::bigint) / $6::integer)::integer AS bucket
  FROM known k CROSS JOIN LATERAL (
    SELECT q.ingested_at FROM medallion.quarantine q
    WHERE q.pipeline = $1 AND q.table_name = k.table_name AND q.outcome = k.outcome AND q.ingested_at >= $4::timestamptz
      AND q.violations @> jsonb_build_array(jsonb_build_object('expectation', $3::text))
    ORDER BY q.ingested_at DESC LIMIT ${COUNTED_ROWS}) AS q
  WHERE k.table_name = $2 ORDER BY q.ingested_at DESC LIMIT ${COUNTED_ROWS})`;

const FAILED = `${COUNTED} SELECT bucket, count(*)::bigint AS failed FROM counted GROUP BY 1
UNION ALL SELECT -1, count(*)::bigint FROM counted`;

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
  const rows = await query<Bucket>(FAILED, [
    ...[pipeline, table, rule, new Date(startMs).toISOString()],
    ...[startMs / 1_000, bucketMs / 1_000],
  ]);
  const all = rows.find(({ bucket }) => bucket === -1)?.failed ?? 0;
  const counted = new Map(rows.filter(({ bucket }) => bucket >= 0).map(({ bucket, failed }) => [bucket, failed]));
  // Where not all were counted, of the oldest bucket that has some only a part is known, and nothing of those before.
  const known = all < COUNTED_ROWS ? 0 : Math.min(...counted.keys()) + 1;
  return Array.from({ length: buckets }, (_, i) => (i < known ? null : (counted.get(i) ?? 0)));
}

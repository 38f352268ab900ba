import type { Query } from '@medallion/postgres';
import type { RedrivePage } from '../contract/index.ts';
import { cursorOf, keyOf } from './cursor.ts';
import { instantText } from './safe-text.ts';

type Redriven = {
  readonly id: number;
  readonly table: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly flow: string;
  readonly index: number;
  readonly requested_by: string;
  readonly requested_at: number;
  readonly sent_at: number | null;
  readonly outcome: string | null;
  readonly rules: readonly string[] | null;
};

/**
 * A record that is refused again is in quarantine at its place in the redrive topic, with the number of the redrive in its
 * `src` header. Rows of a redrive topic lie together in the primary key: each partition is read once.
 */
const PAGE = `WITH page AS (
  SELECT r.*, r.pipeline || '.' || regexp_replace(r.flow, '\\.(redrive|backfill)$', '') || '.redrive' AS target,
    'redrive:' || r.partition || ':' || r.id || ':0' AS src
  FROM medallion.redrives r
  WHERE r.pipeline = $1 AND ($2::text IS NULL OR r.table_name = $2) AND ($3::bigint IS NULL OR r.id < $3)
  ORDER BY r.id DESC LIMIT $4
), again AS (
  SELECT DISTINCT ON (src) q.headers ->> 'src' AS src, q.outcome,
    ARRAY(SELECT v ->> 'expectation' FROM jsonb_array_elements(q.violations) AS v) AS rules
  FROM (SELECT DISTINCT table_name, target, partition FROM page WHERE sent_at IS NOT NULL) AS t
  JOIN medallion.quarantine q
    ON q.pipeline = $1 AND q.table_name = t.table_name AND q.topic = t.target AND q.partition = t.partition
  WHERE q.headers ->> 'src' IN (SELECT page.src FROM page)
  ORDER BY src, q.ingested_at DESC
)
SELECT p.id, p.table_name AS "table", p.topic, p.partition, p."offset", p.flow, p."index", p.requested_by, p.requested_at,
  p.sent_at, again.outcome, again.rules
FROM page p LEFT JOIN again USING (src) ORDER BY p.id DESC`;

/** What was redriven, newest first, and what became of it as far as the quarantine says. */
export async function redrivePage(
  query: Query,
  { pipeline, table }: { readonly pipeline: string; readonly table?: string | undefined },
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<RedrivePage> {
  const before = keyOf(cursor, ['number']);
  const found = await query<Redriven>(PAGE, [pipeline, table ?? null, before?.[0] ?? null, limit + 1]);
  const shown = found.slice(0, limit);
  return {
    redrives: shown.map(({ id, requested_by, requested_at, sent_at, outcome, rules, ...place }) => ({
      id,
      place,
      requestedBy: requested_by,
      requestedAt: instantText(requested_at)!,
      sentAt: instantText(sent_at),
      state: sent_at === null ? 'waiting' : outcome === null ? 'sent' : 'refused',
      outcome,
      rules: [...(rules ?? [])],
    })),
    nextCursor: found.length > limit ? cursorOf([shown.at(-1)!.id]) : null,
  };
}

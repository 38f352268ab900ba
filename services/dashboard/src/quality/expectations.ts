import type { Query } from '@medallion/postgres';
import type { Expectation } from '../contract/index.ts';
import { KNOWN_OUTCOMES } from './known-outcomes.ts';

/** Minutes of which it is told how many rows failed in each. */
export const RECENT_MINUTES = 30;
/** Rows of a table and outcome that are counted, newest first; of minutes before the oldest of them nothing is told. */
const COUNTED_ROWS = 100_000;
const MINUTE_MS = 60_000;

type Rule = Omit<Expectation, 'failedRate' | 'recent'>;
type Traces = { readonly table: string; readonly rule: string; readonly minute: number; readonly failed: number };
type Extent = { readonly table: string; readonly oldest: number };

const RULES = `SELECT m.table_name AS "table", m.rule, m.action, r.description, m.records, m.passed, m.failed, m.dropped
FROM medallion.data_quality_metrics m JOIN medallion.rules r USING (pipeline, table_name, rule, action)
WHERE m.pipeline = $1 ORDER BY m.table_name, m.rule`;

const NEWEST = `FROM known k CROSS JOIN LATERAL (
  SELECT q.ingested_at, q.violations FROM medallion.quarantine q
  WHERE q.pipeline = $1 AND q.table_name = k.table_name AND q.outcome = k.outcome AND q.ingested_at >= $2::timestamptz
  ORDER BY q.ingested_at DESC LIMIT ${COUNTED_ROWS}) AS q`;

const TRACES = `WITH ${KNOWN_OUTCOMES} SELECT k.table_name AS "table", v ->> 'expectation' AS rule,
  floor(extract(epoch FROM q.ingested_at) / 60)::bigint AS minute, count(*)::bigint AS failed
${NEWEST} CROSS JOIN LATERAL jsonb_array_elements(q.violations) AS v GROUP BY 1, 2, 3`;

const EXTENTS = `WITH ${KNOWN_OUTCOMES}
SELECT k.table_name AS "table", floor(extract(epoch FROM min(q.ingested_at)) / 60)::bigint AS oldest
${NEWEST} GROUP BY k.table_name, k.outcome HAVING count(*) >= ${COUNTED_ROWS}`;

/** What each rule of a pipeline found, and when rows failed it lately. */
export async function expectationsOf(query: Query, pipeline: string, now: number): Promise<readonly Expectation[]> {
  const rules = await query<Rule>(RULES, [pipeline]);
  const last = Math.floor(now / MINUTE_MS);
  const since = new Date((last - RECENT_MINUTES + 1) * MINUTE_MS).toISOString();
  const traces = await query<Traces>(TRACES, [pipeline, since]);
  const extents = await query<Extent>(EXTENTS, [pipeline, since]);
  return rules.map((rule) => ({
    ...rule,
    failedRate: rule.records === 0 ? null : rule.failed / rule.records,
    recent: leavesTraces(rule) ? recentOf(rule, traces, extents, last) : [],
  }));
}

/** A row that only broke rules that warn is in its table, and nowhere else. */
const leavesTraces = ({ action }: Pick<Rule, 'action'>): boolean => action !== 'warn';

/** By minute, oldest first; shorter where older ones were not counted. */
function recentOf(
  { table, rule }: Rule,
  traces: readonly Traces[],
  extents: readonly Extent[],
  last: number,
): number[] {
  const minutes = new Map(
    traces.filter((each) => each.table === table && each.rule === rule).map(({ minute, failed }) => [minute, failed]),
  );
  const oldest = Math.max(...extents.filter((each) => each.table === table).map((each) => each.oldest));
  const first = Math.max(last - RECENT_MINUTES + 1, oldest + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => minutes.get(first + i) ?? 0);
}

import type { Query } from '@medallion/postgres';
import type { QuarantinePage } from '../contract/index.ts';
import { cursorOf, type Key, keyOf } from './cursor.ts';
import { KNOWN_OUTCOMES } from './known-outcomes.ts';
import type { KnownTables } from './known-tables.ts';
import { type QuarantineRecord, quarantinedRow } from './quarantined-row.ts';
import { instantText, SHOWN_BYTES } from './safe-text.ts';

/** Which rows of a quarantine. */
export type QuarantineFilter = {
  readonly pipeline: string;
  readonly table?: string | undefined;
  readonly rule?: string | undefined;
  readonly outcome?: string | undefined;
};

/** Rows that are counted at most. */
export const COUNTED = 10_000;
/** JSON of this many characters at most is shown. */
const SHOWN_JSON = 32_768;

/** Newest first; the rest of the key tells rows of one commit apart. */
const KEY = ['instant', 'text', 'text', 'number', 'number', 'text', 'number'] as const;
const ORDER = `ingested_at DESC, table_name DESC, topic DESC, partition DESC, "offset" DESC, flow DESC, "index" DESC`;

const FILTER = `q.pipeline = $1 AND ($2::text IS NULL OR q.table_name = $2) AND ($3::text IS NULL OR q.outcome = $3)`;
const WITH_RULE = `AND q.violations @> jsonb_build_array(jsonb_build_object('expectation', $4::text))`;
const AFTER = `AND q.ingested_at <= $6::timestamptz AND (q.ingested_at, q.table_name, q.topic, q.partition, q."offset", q.flow, q."index")
  < ($6::timestamptz, $7, $8, $9::integer, $10::bigint, $11, $12::integer)`;

const COLUMNS = `q.table_name AS "table", q.topic, q.partition, q."offset", q.flow, q."index", q.outcome,
  left(q.reason, 1000) AS reason, q.recorded_at, q.ingested_at,
  substring(q.key FOR ${SHOWN_BYTES + 1}) AS key, substring(q.value FOR ${SHOWN_BYTES + 1}) AS value,
  CASE WHEN length(q.violations::text) <= ${SHOWN_JSON} THEN q.violations END AS violations,
  CASE WHEN length(q.headers::text) <= ${SHOWN_JSON} THEN q.headers END AS headers,
  CASE WHEN length(q."row"::text) <= ${SHOWN_JSON} THEN q."row" END AS "row", q."row" IS NOT NULL AS readable,
  r.requested_at, r.requested_by`;

const pageSql = (rule: boolean, after: boolean): string => `WITH ${KNOWN_OUTCOMES}, page AS (
  SELECT q.* FROM known k CROSS JOIN LATERAL (
    SELECT * FROM medallion.quarantine q
    WHERE ${FILTER} AND q.table_name = k.table_name AND q.outcome = k.outcome AND ($4::text IS NULL OR true) ${rule ? WITH_RULE : ''} ${after ? AFTER : ''}
    ORDER BY ${ORDER} LIMIT $5) AS q
  ORDER BY ${ORDER} LIMIT $5)
SELECT ${COLUMNS} FROM page q
LEFT JOIN medallion.redrives r USING (pipeline, table_name, topic, partition, "offset", flow, "index")
ORDER BY ${ORDER.replaceAll(/(\w+|"\w+") DESC/g, 'q.$1 DESC')}`;

const countSql = (rule: boolean): string =>
  `SELECT count(*)::integer AS total FROM (
     SELECT FROM medallion.quarantine q WHERE ${FILTER} ${rule ? WITH_RULE : 'AND $4::text IS NULL'} LIMIT ${COUNTED}) AS q`;

/** How many rows match, up to COUNTED. */
export async function quarantineTotal(query: Query, filter: QuarantineFilter): Promise<number> {
  const [row] = await query<{ total: number }>(countSql(filter.rule !== undefined), valuesOf(filter));
  return row?.total ?? 0;
}

/** A page of a quarantine, newest first. `bytes`: whether whoever asks may see what the records were. */
export async function quarantinePage(
  query: Query,
  filter: QuarantineFilter,
  page: { readonly cursor?: string | undefined; readonly limit: number; readonly bytes: boolean },
  tables: KnownTables,
): Promise<Omit<QuarantinePage, 'total'>> {
  const after = keyOf(page.cursor, KEY);
  const found = await query<QuarantineRecord>(pageSql(filter.rule !== undefined, after !== null), [
    ...[...valuesOf(filter), page.limit + 1],
    ...(after ?? []),
  ]);
  const rows = found.slice(0, page.limit);
  return {
    rows: rows.map((row) => quarantinedRow(row, tables.shownOf(row.table), page.bytes)),
    nextCursor: found.length > page.limit ? cursorOf(placeOf(rows.at(-1)!)) : null,
  };
}

const valuesOf = ({ pipeline, table, outcome, rule }: QuarantineFilter) => [
  pipeline,
  table ?? null,
  outcome ?? null,
  rule ?? null,
];

const placeOf = ({ ingested_at, table, topic, partition, offset, flow, index }: QuarantineRecord): Key => [
  ...[instantText(ingested_at)!, table, topic],
  ...[partition, offset, flow, index],
];

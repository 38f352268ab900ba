import type { CountDelta, LateRow, QuarantinedRow } from '@medallion/runtime';
import { arrayOf, numberElement, textElement, timestampElement } from './array-literal.ts';
import { jsonElement, repairedText, watermarkElement } from './trace-text.ts';
import type { Statement } from './transaction.ts';

/**
 * Bytes travel as hexadecimal text: a third of the work of an escaped bytea array. In quotes, as no bytes at all would
 * be no element.
 */
const hexElement = (bytes: Buffer): string => `"${bytes.toString('hex')}"`;
const safeText = (text: string): string => textElement(repairedText(text));

type CountKey = { readonly table: string; readonly flow?: string; readonly partition: number };
type RecordCount = Extract<CountDelta, { kind: 'records' }>;
type RuleCount = Extract<CountDelta, { kind: 'rule' }>;

const byOffset = (a: { partition: number; offset: number }, b: { partition: number; offset: number }): number =>
  a.partition - b.partition || a.offset - b.offset;

/** Keeps refused records; one that is there already stays as it is. */
export function quarantineStatement(pipeline: string, rows: readonly QuarantinedRow[]): Statement {
  const sorted = rows.toSorted(byOffset);
  return {
    name: 'quarantine',
    text: `INSERT INTO medallion.quarantine
  (pipeline, table_name, outcome, reason, violations, topic, partition, "offset", recorded_at, key, value, headers, "row", flow, "index")
SELECT $1, q.table_name, q.outcome, q.reason, q.violations::jsonb, q.topic, q.partition, q."offset", q.recorded_at,
  decode(q.key, 'hex'), decode(q.value, 'hex'), q.headers::jsonb, q."row"::jsonb, q.flow, q."index"
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::bigint[], $9::timestamptz[],
  $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[])
  AS q(table_name, outcome, reason, violations, topic, partition, "offset", recorded_at, key, value, headers, "row", flow, "index")
ON CONFLICT DO NOTHING`,
    values: [
      pipeline,
      arrayOf(sorted, (r) => r.table, textElement),
      arrayOf(sorted, (r) => r.outcome, textElement),
      arrayOf(sorted, (r) => r.reason, safeText),
      arrayOf(sorted, (r) => JSON.stringify(r.violations), jsonElement),
      arrayOf(sorted, (r) => r.topic, textElement),
      arrayOf(sorted, (r) => r.partition, numberElement),
      arrayOf(sorted, (r) => r.offset, numberElement),
      arrayOf(sorted, (r) => r.recordedAt, timestampElement),
      arrayOf(sorted, (r) => r.key, hexElement),
      arrayOf(sorted, (r) => r.value, hexElement),
      arrayOf(sorted, (r) => JSON.stringify(r.headers), jsonElement),
      arrayOf(sorted, (r) => r.row, jsonElement),
      arrayOf(sorted, (r) => r.flow ?? '', textElement),
      arrayOf(sorted, (r) => r.index ?? 0, numberElement),
    ],
  };
}

/** Keeps late rows, in the table of late rows or one like it; one that is there already stays as it is. */
export function lateStatement(pipeline: string, rows: readonly LateRow[], into = 'medallion.late_records'): Statement {
  const sorted = rows.toSorted(byOffset);
  return {
    name: `late ${into}`,
    text: `INSERT INTO ${into}
  (pipeline, view_name, topic, partition, "offset", event_time, window_start, window_end, watermark, lateness_ms, key, value)
SELECT $1, l.view_name, l.topic, l.partition, l."offset", l.event_time, l.window_start, l.window_end, l.watermark,
  l.lateness_ms, decode(l.key, 'hex'), decode(l.value, 'hex')
FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[],
  $9::timestamptz[], $10::bigint[], $11::text[], $12::text[])
  AS l(view_name, topic, partition, "offset", event_time, window_start, window_end, watermark, lateness_ms, key, value)
ON CONFLICT DO NOTHING`,
    values: [
      pipeline,
      arrayOf(sorted, (r) => r.view, textElement),
      arrayOf(sorted, (r) => r.topic, textElement),
      arrayOf(sorted, (r) => r.partition, numberElement),
      arrayOf(sorted, (r) => r.offset, numberElement),
      arrayOf(sorted, (r) => r.eventTime, timestampElement),
      arrayOf(sorted, (r) => r.windowStart, timestampElement),
      arrayOf(sorted, (r) => r.windowEnd, timestampElement),
      arrayOf(sorted, (r) => r.watermark, watermarkElement),
      arrayOf(sorted, (r) => r.latenessMs, numberElement),
      arrayOf(sorted, (r) => r.key, hexElement),
      arrayOf(sorted, (r) => r.value, hexElement),
    ],
  };
}

/** Counts that are added, and totals that replace what is stored. */
export function countStatements(pipeline: string, counts: readonly CountDelta[]): readonly Statement[] {
  const totals = counts.filter(({ total }) => total);
  const added = counts.filter(({ total }) => !total);
  return [
    ...(added.length === 0 ? [] : [addStatement(pipeline, added)]),
    ...(totals.length === 0 ? [] : [totalStatement(pipeline, totals)]),
  ];
}

/** Adds counts to both tables: counts of the same key are added up before, as a statement may touch a row once. */
const addStatement = (pipeline: string, counts: readonly CountDelta[]): Statement => ({
  name: 'counts',
  text: addSql,
  values: countValues(
    pipeline,
    summed(
      counts.filter((c): c is RecordCount => c.kind === 'records'),
      outcomeOf,
      (a, b) => ({ ...a, records: a.records + b.records }),
    ),
    summed(
      counts.filter((c): c is RuleCount => c.kind === 'rule'),
      ruleOf,
      (a, b) => ({ ...a, judged: a.judged + b.judged, failed: a.failed + b.failed, dropped: a.dropped + b.dropped }),
    ),
  ),
});

/** Replaces counts by what they are until now; of several of the same key the last one. */
const totalStatement = (pipeline: string, counts: readonly CountDelta[]): Statement => ({
  name: 'totals',
  text: totalSql,
  values: countValues(
    pipeline,
    summed(
      counts.filter((c): c is RecordCount => c.kind === 'records'),
      outcomeOf,
      (_, b) => b,
    ),
    summed(
      counts.filter((c): c is RuleCount => c.kind === 'rule'),
      ruleOf,
      (_, b) => b,
    ),
  ),
});

const outcomeOf = (c: RecordCount): string => c.outcome;
const ruleOf = (c: RuleCount): string => `${c.rule}\0${c.action}`;

const countValues = (pipeline: string, records: readonly RecordCount[], rules: readonly RuleCount[]) => [
  pipeline,
  arrayOf(records, (c) => c.table, textElement),
  arrayOf(records, (c) => c.partition, numberElement),
  arrayOf(records, (c) => c.outcome, textElement),
  arrayOf(records, (c) => c.records, numberElement),
  arrayOf(rules, (c) => c.table, textElement),
  arrayOf(rules, (c) => c.partition, numberElement),
  arrayOf(rules, (c) => c.rule, textElement),
  arrayOf(rules, (c) => c.action, textElement),
  arrayOf(rules, (c) => c.judged, numberElement),
  arrayOf(rules, (c) => c.failed, numberElement),
  arrayOf(rules, (c) => c.dropped, numberElement),
  arrayOf(records, (c) => c.flow ?? '', textElement),
  arrayOf(rules, (c) => c.flow ?? '', textElement),
];

const countSql = (set: (column: string, of: string) => string): string => `WITH counted AS (
  INSERT INTO medallion.table_counts AS t (pipeline, table_name, partition, outcome, records, flow)
  SELECT $1, c.* FROM unnest($2::text[], $3::integer[], $4::text[], $5::bigint[], $13::text[]) AS c
  ON CONFLICT (pipeline, table_name, flow, partition, outcome) DO UPDATE
    SET ${set('records', 't')}, updated_at = excluded.updated_at)
INSERT INTO medallion.rule_counts AS r (pipeline, table_name, partition, rule, action, judged, failed, dropped, flow)
SELECT $1, c.* FROM unnest($6::text[], $7::integer[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[],
  $14::text[]) AS c
ON CONFLICT (pipeline, table_name, flow, partition, rule, action) DO UPDATE
  SET ${['judged', 'failed', 'dropped'].map((column) => set(column, 'r')).join(', ')}, updated_at = excluded.updated_at`;

const addSql = countSql((column, of) => `${column} = ${of}.${column} + excluded.${column}`);
const totalSql = countSql((column) => `${column} = excluded.${column}`);

/** Added up by key and in the order of their keys. */
function summed<C extends CountKey>(
  counts: readonly C[],
  rest: (c: C) => string,
  add: (a: C, b: C) => C,
): readonly C[] {
  const sums = new Map<string, C>();
  for (const count of counts) {
    const key = `${count.table}\0${count.flow ?? ''}\0${count.partition}\0${rest(count)}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? count : add(sum, count));
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

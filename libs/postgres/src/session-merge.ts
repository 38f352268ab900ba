import { createHash } from 'node:crypto';
import { type Instant, invariant } from '@medallion/core';
import type { MaterializedViewPlan } from '@medallion/pipeline';
import type { Delta } from '@medallion/runtime';
import { postgresType, type Value } from '@medallion/schema';
import { arrayOf, elementOf, textElement, timestampElement } from './array-literal.ts';
import { GROUP_KEY, layoutOf, MEMBER, type StateColumn, WINDOW_END } from './gold-layout.ts';
import { compareValues } from './key-order.ts';
import { stateSources } from './merge-statement.ts';
import { ident, literal, qualified, watermarkText } from './sql-text.ts';
import type { Statement } from './transaction.ts';

/**
 * Merging sessions: what a batch brings and the stored sessions that it touches become one row for each session.
 *
 *   lock the groups ─▶ delete the stored sessions that are touched ─▶ find what is connected ─▶ insert one row for each
 *
 * Two transactions that write a group at once must not each miss what the other one stores, so the second waits for a
 * lock on the group before its merge takes the snapshot that it reads by. Locks are of a hash of the group, so that a
 * transaction takes a bounded number, and are taken in order (S5).
 */
export function sessionMerge(
  schemaName: string,
  view: MaterializedViewPlan,
): (deltas: readonly Delta[], finalThrough: Instant) => readonly Statement[] {
  const values = valuesOf(view);
  const text = mergeText(schemaName, view);
  const name = `merge ${schemaName}.${view.name}`;
  return (deltas, finalThrough) => {
    const { window } = view;
    for (const delta of deltas)
      invariant(
        window.kind === 'session' && delta.windowEnd - delta.windowStart >= window.gapMs,
        `a session of ${view.name} is shorter than its gap`,
      );
    const keyed = deltas.map((delta) => ({ ...delta, key: groupKeyOf(delta.group) }));
    const locks = lockKeys(
      `${schemaName}.${view.name}`,
      keyed.map(({ key }) => key),
    );
    return [
      { name: 'lock groups', text: 'SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k', values: [locks] },
      { name, text, values: [...values(keyed), watermarkText(finalThrough)] },
    ];
  };
}

/** The group of a session in one column: as NULL is a group of its own, and an index finds no NULL by a join. */
export const groupKeyOf = (group: readonly Value[]): string =>
  createHash('sha256').update(JSON.stringify(group)).digest('hex');

/** The lock of each group, in order. A view has 256 of them. */
function lockKeys(view: string, keys: readonly string[]): string {
  const buckets = new Set(keys.map((key) => key.slice(0, 2)));
  const locks = [...buckets].map((bucket) =>
    createHash('sha256').update(`session ${view} ${bucket}`).digest().readBigInt64BE(),
  );
  return `{${locks.sort((a, b) => (a < b ? -1 : 1)).join(',')}}`;
}

type Keyed = Delta & { readonly key: string };

/** The parameters of the merge in the order in which the text unnests them. */
function valuesOf(view: MaterializedViewPlan): (deltas: readonly Keyed[]) => readonly string[] {
  const layout = layoutOf(view);
  const sources = stateSources(view);
  return (deltas) => [
    arrayOf(deltas, (delta) => delta.key, textElement),
    arrayOf(deltas, (delta) => delta.windowStart, timestampElement),
    arrayOf(deltas, (delta) => delta.windowEnd, timestampElement),
    ...view.groupBy.map((field, i) => arrayOf(deltas, (delta) => delta.group[i] as Value, elementOf(field.type))),
    ...sources.map((source) => arrayOf(deltas, source.pick, source.element)),
    ...layout.members.flatMap(({ index, member }) => {
      const items = deltas.flatMap((delta) => {
        const partial = delta.partials[index];
        invariant(partial?.kind === 'count_distinct', `partial result ${index} is no set of members`);
        return [...partial.members].sort(compareValues).map((value) => ({ delta, value }));
      });
      return [
        arrayOf(items, ({ delta }) => delta.key, textElement),
        arrayOf(items, ({ delta }) => delta.windowStart, timestampElement),
        arrayOf(items, ({ value }) => value, elementOf(member)),
      ];
    }),
  ];
}

const unnest = (types: readonly string[], first: number): string =>
  `unnest(${types.map((type, i) => `$${first + i}::${type}[]`).join(', ')})`;

const AGGREGATE = { add: 'sum', least: 'min', greatest: 'max' } as const;
const merged = ({ name, merge, sqlType }: StateColumn): string => `${AGGREGATE[merge]}(${ident(name)})::${sqlType}`;

/**
 * p: the pieces, new and stored; i: the pieces with the number of the session that they are part of, which begins where a
 * piece begins after all before it have ended; n: the sessions. Equal pieces are told apart by `stored`, so that both
 * sorts are alike.
 *
 * The members of a session that keeps its start stay where they are, and its count is added to; those of the others move to
 * the session that takes theirs in, where they are counted as far as they are new.
 */
function mergeText(schemaName: string, view: MaterializedViewPlan): string {
  const { stateTable, state, members } = layoutOf(view);
  const counted = new Set(members.map((m) => m.counts));
  const plain = state.filter((column) => !counted.has(column.name));
  const table = qualified(schemaName, stateTable);
  const key = [GROUP_KEY, 'window_start', WINDOW_END];
  const group = view.groupBy.map((field) => ident(field.name));
  const own = [...key, ...group, ...plain.map((column) => ident(column.name))];
  const keyTypes = ['text', 'timestamptz', 'timestamptz'];
  const types = [
    ...keyTypes,
    ...view.groupBy.map((field) => postgresType(field.type)),
    ...plain.map((column) => column.sqlType),
  ];
  let next = types.length + 1;
  const memberSteps = members.map(({ table: memberTable, member }, i) => {
    const name = qualified(schemaName, memberTable);
    const brought = unnest(['text', 'timestamptz', postgresType(member)], next);
    next += 3;
    return `gone_${i} AS (
  DELETE FROM ${name} AS m USING i
  WHERE i.stored AND i.window_start <> i.session_start AND m.${GROUP_KEY} = i.${GROUP_KEY} AND m.window_start = i.window_start
  RETURNING m.${GROUP_KEY}, m.window_start, m.${MEMBER}),
all_${i} AS (
  SELECT DISTINCT i.${GROUP_KEY}, i.session_start, x.${MEMBER}
  FROM (SELECT * FROM gone_${i} UNION ALL SELECT * FROM ${brought}) AS x(${GROUP_KEY}, window_start, ${MEMBER})
  JOIN i USING (${GROUP_KEY}, window_start)),
put_${i} AS (
  INSERT INTO ${name} (${GROUP_KEY}, window_start, ${MEMBER}) SELECT * FROM all_${i}
  ON CONFLICT DO NOTHING RETURNING ${GROUP_KEY}, window_start AS session_start),
count_${i} AS (SELECT ${GROUP_KEY}, session_start, count(*) AS members FROM put_${i} GROUP BY 1, 2)`;
  });
  const order = `PARTITION BY ${GROUP_KEY} ORDER BY window_start, ${WINDOW_END}, stored`;
  const grace = `interval '${view.window.graceMs} milliseconds'`;
  const isFinal = `s.${WINDOW_END} + ${grace} <= $${next}::timestamptz`;
  const countColumns = members.map((m) => ident(m.counts));
  const counts = countColumns.map((column, i) => `n.${column} + coalesce(count_${i}.members, 0)`);
  const joins = members.map((_, i) => `LEFT JOIN count_${i} USING (${GROUP_KEY}, session_start)`);
  return `WITH d (${own.join(', ')}) AS (SELECT * FROM ${unnest(types, 1)}),
t AS (
  DELETE FROM ${table} AS s USING (SELECT ${key.join(', ')} FROM d) AS d
  WHERE s.${GROUP_KEY} = d.${GROUP_KEY} AND s.window_start <= d.${WINDOW_END} AND s.${WINDOW_END} >= d.window_start
    -- What begins at the very end of a session that is final is another one.
    AND NOT (s.${WINDOW_END} = d.window_start AND ${isFinal})
  RETURNING ${[...own, ...countColumns].map((column) => `s.${column}`).join(', ')},
    CASE WHEN ${isFinal} THEN medallion.refuse_final(${literal(view.name)}) END),
p AS (
  SELECT ${[...own, ...countColumns.map((column) => `0::bigint AS ${column}`)].join(', ')}, false AS stored FROM d
  UNION ALL SELECT ${[...own, ...countColumns].join(', ')}, true FROM t),
o AS (
  SELECT *, coalesce(window_start > max(${WINDOW_END}) OVER (${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true)::integer AS opens
  FROM p),
b AS (SELECT *, sum(opens) OVER (${order} ROWS UNBOUNDED PRECEDING) AS session FROM o),
i AS (SELECT *, min(window_start) OVER (PARTITION BY ${GROUP_KEY}, session) AS session_start FROM b),
${memberSteps.map((step) => `${step},\n`).join('')}n AS (
  SELECT ${[GROUP_KEY, 'session_start', `max(${WINDOW_END}) AS session_end`, ...group].join(', ')}${plain
    .map((column) => `, ${merged(column)} AS ${ident(column.name)}`)
    .join('')}${countColumns
    .map((c) => `, coalesce(max(${c}) FILTER (WHERE stored AND window_start = session_start), 0) AS ${c}`)
    .join('')}
  FROM i GROUP BY ${[GROUP_KEY, 'session_start', ...group].join(', ')})
INSERT INTO ${table} (${[...own, ...countColumns, 'updated_at'].join(', ')})
SELECT ${[GROUP_KEY, 'session_start', 'session_end', ...group, ...plain.map((c) => ident(c.name)), ...counts, 'now()'].join(', ')}
FROM n ${joins.join(' ')}`;
}

import { assertNever, invariant } from '@medallion/core';
import type { AggregatePlan, MaterializedViewPlan } from '@medallion/pipeline';
import type { Delta, Partial as PartialResult } from '@medallion/runtime';
import { postgresType, type Value } from '@medallion/schema';
import { arrayOf, elementOf, numberElement } from './array-literal.ts';
import { type GoldLayout, layoutOf, MEMBER, type MemberTable, type StateColumn } from './gold-layout.ts';
import { byKey, compareValues } from './key-order.ts';
import { ident, qualified } from './sql-text.ts';
import type { Statement } from './transaction.ts';

/**
 * Makes the statement that merges a batch's partial results into a view's state: one multi-row upsert, whatever the
 * number of rows, of which every column is one array parameter.
 *
 * Two transactions that touch the same rows take their locks in the same order, or they could wait for each other:
 * members before state, each in key order.
 */
export function mergeStatement(
  schemaName: string,
  view: MaterializedViewPlan,
): (deltas: readonly Delta[]) => Statement {
  const layout = layoutOf(view);
  const sources = stateSources(view);
  const text = layout.members.length === 0 ? plainUpsert(schemaName, layout) : memberUpsert(schemaName, layout);
  const name = `merge ${schemaName}.${view.name}`;
  return (deltas) => {
    for (const delta of deltas)
      invariant(
        view.window.kind !== 'session' && delta.windowEnd - delta.windowStart === view.window.sizeMs,
        `a window of ${view.name} has another size`,
      );
    const sorted = deltas.toSorted(byKey);
    const values = [
      ...keyArrays(layout, sorted, (delta) => delta),
      ...sources.map((source) => arrayOf(sorted, source.pick, source.element)),
      ...layout.members.flatMap((members) => memberArrays(layout, members, sorted)),
    ];
    return { name, text, values };
  };
}

/** Where a column's value is in a delta, and how it is written. */
export type Source = { readonly pick: (delta: Delta) => Value; readonly element: (value: Value) => string };

/** For each state column but distinct counts, which the database counts, where its value is in a delta. */
export const stateSources = (view: MaterializedViewPlan): readonly Source[] =>
  view.aggregates.flatMap((aggregate, index) => sourcesOf(aggregate, index));

function sourcesOf({ name, kind, result }: AggregatePlan, index: number): readonly Source[] {
  const source = (read: (p: PartialResult) => Value | undefined, element: Source['element']): Source => ({
    pick: (delta) => {
      const value = read(delta.partials[index]!);
      invariant(value !== undefined, `the partial result of ${name} is no ${kind}`);
      return value;
    },
    element,
  });
  const number = numberElement as Source['element'];
  switch (kind) {
    case 'count':
      return [source((p) => (p.kind === 'count' ? p.count : undefined), number)];
    case 'sum':
      return [source((p) => (p.kind === 'sum' ? p.sum : undefined), elementOf(result.type))];
    case 'min':
    case 'max':
      return [source((p) => (p.kind === kind ? p.value : undefined), elementOf(result.type))];
    case 'avg':
      return [
        source((p) => (p.kind === 'avg' ? p.sum : undefined), number),
        source((p) => (p.kind === 'avg' ? p.count : undefined), number),
      ];
    case 'count_distinct':
      return [];
    default:
      return assertNever(kind, 'aggregate');
  }
}

function keyArrays<T>(layout: GoldLayout, items: readonly T[], deltaOf: (item: T) => Delta): readonly string[] {
  return layout.key.map((field, i) =>
    arrayOf(
      items,
      (item) => (i === 0 ? deltaOf(item).windowStart : (deltaOf(item).group[i - 1] as Value)),
      elementOf(field.type),
    ),
  );
}

function memberArrays(layout: GoldLayout, { index, member }: MemberTable, deltas: readonly Delta[]): readonly string[] {
  const items = deltas.flatMap((delta) => {
    const partial = delta.partials[index];
    invariant(partial?.kind === 'count_distinct', `partial result ${index} is no set of members`);
    return [...partial.members].sort(compareValues).map((value) => ({ delta, value }));
  });
  return [...keyArrays(layout, items, (item) => item.delta), arrayOf(items, (item) => item.value, elementOf(member))];
}

const names = (columns: readonly { readonly name: string }[]): string => columns.map((c) => ident(c.name)).join(', ');

function conflict(layout: GoldLayout): string {
  const merged = layout.state.map((column) => `${ident(column.name)} = ${mergeSql(column)}`);
  return `ON CONFLICT (${names(layout.key)}) DO UPDATE SET ${[...merged, 'updated_at = excluded.updated_at'].join(', ')}`;
}

function mergeSql({ name, merge }: StateColumn): string {
  const column = ident(name);
  if (merge === 'add') return `s.${column} + excluded.${column}`;
  // Both ignore NULL, which is "nothing measured yet".
  return `${merge}(s.${column}, excluded.${column})`;
}

const unnest = (types: readonly string[], first: number): string =>
  `unnest(${types.map((type, i) => `$${first + i}::${type}[]`).join(', ')})`;

const keyTypes = (layout: GoldLayout): readonly string[] => layout.key.map((field) => postgresType(field.type));

function plainUpsert(schemaName: string, layout: GoldLayout): string {
  const types = [...keyTypes(layout), ...layout.state.map((c) => c.sqlType)];
  return `INSERT INTO ${qualified(schemaName, layout.stateTable)} AS s (${names(layout.key)}, ${names(layout.state)}, updated_at)
SELECT d.*, now() FROM ${unnest(types, 1)} AS d
${conflict(layout)}`;
}

/**
 * With distinct counts: the members that are new to their table, and only those, are counted. A member that another
 * transaction is just inserting makes this one wait, and is new for only one of them.
 *
 * Partial results and new members meet in a GROUP BY rather than a join: it takes NULL groups for equal, cannot become
 * a nested loop however the planner estimates the arrays, and sorts the keys for the locks.
 */
function memberUpsert(schemaName: string, layout: GoldLayout): string {
  const counted = new Set(layout.members.map((m) => m.counts));
  const plain = layout.state.filter((c) => !counted.has(c.name));
  const key = names(layout.key);
  const types = [...keyTypes(layout), ...plain.map((c) => c.sqlType)];
  let next = types.length + 1;
  const inserts: string[] = [];
  const branches = [`SELECT d.*, ${layout.members.map(() => '0::bigint').join(', ')} FROM ${unnest(types, 1)} AS d`];
  layout.members.forEach((members, i) => {
    const memberTypes = [...keyTypes(layout), postgresType(members.member)];
    inserts.push(`new_${i} AS (
  INSERT INTO ${qualified(schemaName, members.table)} (${key}, ${MEMBER})
  SELECT * FROM ${unnest(memberTypes, next)}
  ON CONFLICT DO NOTHING RETURNING ${key})`);
    const nothing = plain.map((c) => (c.merge === 'add' ? '0' : 'NULL'));
    const ones = layout.members.map((_, j) => (i === j ? '1' : '0'));
    branches.push(`SELECT ${[key, ...nothing, ...ones].join(', ')} FROM new_${i}`);
    next += memberTypes.length;
  });
  const merged = (column: StateColumn): string => {
    const aggregate = column.merge === 'add' ? 'sum' : column.merge === 'least' ? 'min' : 'max';
    return `${aggregate}(${ident(column.name)})::${column.sqlType}`;
  };
  const state = [...plain, ...layout.state.filter((c) => counted.has(c.name))];
  return `WITH ${inserts.join(',\n')},
d (${key}, ${names(state)}) AS (
  ${branches.join('\n  UNION ALL ')})
INSERT INTO ${qualified(schemaName, layout.stateTable)} AS s (${key}, ${names(state)}, updated_at)
SELECT ${key}, ${state.map(merged).join(', ')}, now() FROM d GROUP BY ${key} ORDER BY ${key}
${conflict(layout)}`;
}

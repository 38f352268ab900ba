import { assertNever } from '@medallion/core';
import { compileCondition, compileExpression } from '@medallion/expressions';
import {
  type KeyedTablePlan,
  type RelationAggregatePlan,
  type RelationalViewPlan,
  type RelationJoinPlan,
  VALIDITY,
} from '@medallion/pipeline';
import type { AnyRow, Value } from '@medallion/schema';

/** A keyed table or relational view that rows are read from. */
export type ReadTable = { readonly plan: KeyedTablePlan | RelationalViewPlan; readonly rows: readonly AnyRow[] };

/** The rows of a relational view but its surrogate keys, computed from all rows of its inputs: the batch query. */
export function viewRows(view: RelationalViewPlan, read: (table: string) => ReadTable): readonly AnyRow[] {
  const joins = view.joins.map((join) => joined(join, read(join.table)));
  const derived = view.derived.map(({ field, expression }) => ({
    name: field.name,
    of: compileExpression(expression),
  }));
  const passes = view.where === null ? () => true : compileCondition(view.where);
  const rows = read(view.source)
    .rows.flatMap((row) => joins.reduce<readonly AnyRow[]>((found, join) => found.flatMap(join), [{ ...row }]))
    .map((row) => withColumns(row, derived))
    .filter(passes);
  const groups = view.groupBy === null ? rows : grouped(view, rows);
  const columns = view.columns.map(({ field, expression }) => ({
    name: field.name,
    of: compileExpression(expression),
  }));
  return groups
    .map((row) => withColumns(row, columns))
    .filter((row) => view.surrogateKey === null || view.key.some((name) => row[name] !== null));
}

/** Each may use the ones before it. */
function withColumns(
  row: AnyRow,
  columns: readonly { readonly name: string; readonly of: (row: AnyRow) => Value }[],
): AnyRow {
  const all = { ...row };
  for (const { name, of } of columns) all[name] = of(all);
  return all;
}

function joined(
  { on, type, columns }: RelationJoinPlan,
  { plan, rows }: ReadTable,
): (row: AnyRow) => readonly AnyRow[] {
  const versions =
    plan.kind === 'keyed_table' && plan.storedAs === 2 && !on.some(([, right]) => right === VALIDITY.from);
  const byKey = new Map<string, AnyRow>();
  for (const row of rows) {
    if (versions && row[VALIDITY.to] !== null) continue;
    const key = JSON.stringify(on.map(([, right]) => row[right]));
    const other = byKey.get(key);
    if (other === undefined || !versions || Number(other[VALIDITY.from]) < Number(row[VALIDITY.from]))
      byKey.set(key, row);
  }
  return (row) => {
    const key = on.map(([left]) => row[left] ?? null);
    const match = key.includes(null) ? undefined : byKey.get(JSON.stringify(key));
    if (match === undefined && type === 'inner') return [];
    const looked = columns.map(({ from, field, otherwise }): [string, Value] => [
      field.name,
      match === undefined ? otherwise : (match[from] ?? null),
    ]);
    return [{ ...row, ...Object.fromEntries(looked) }];
  };
}

function grouped({ groupBy, aggregates }: RelationalViewPlan, rows: readonly AnyRow[]): readonly AnyRow[] {
  const names = groupBy!.map((field) => field.name);
  const groups = Map.groupBy(rows, (row) => JSON.stringify(names.map((name) => row[name])));
  return [...groups.values()].map((of) => ({
    ...Object.fromEntries(names.map((name) => [name, of[0]![name]!])),
    ...Object.fromEntries(aggregates.map((aggregate) => [aggregate.name, measured(aggregate, of)])),
  }));
}

function measured({ kind, column, where, result }: RelationAggregatePlan, rows: readonly AnyRow[]): Value {
  const passes = where === null ? () => true : compileCondition(where);
  const chosen = rows.filter(passes);
  if (column === null) return chosen.length;
  const values = chosen.map((row) => row[column] ?? null).filter((value) => value !== null);
  switch (kind) {
    case 'count':
      return values.length;
    case 'count_distinct':
      return new Set(values).size;
    case 'sum':
      if (values.length === 0) return result.nullable ? null : 0;
      return rounded(total(values as number[]), result.type);
    case 'avg':
      return values.length === 0 ? null : rounded(total(values as number[], values.length), result.type);
    case 'min':
    case 'max': {
      const sign = kind === 'min' ? 1 : -1;
      const sorted = values.toSorted((a, b) => (a === b ? 0 : a < b ? -sign : sign));
      return sorted[0] ?? null;
    }
    default:
      return assertNever(kind, 'aggregate');
  }
}

/**
 * Sums of decimals are exact: doubles hold their millionths exactly up to nine thousand millions. Divided once, so that a
 * mean is the double next to it.
 */
const MILLION = 1_000_000;
const total = (values: readonly number[], by = 1): number =>
  values.every((value) => Math.abs(value) < 1e9 && isMillionths(value))
    ? values.reduce((sum, value) => sum + Math.round(value * MILLION), 0) / (MILLION * by)
    : values.reduce((sum, value) => sum + value, 0) / by;
const isMillionths = (value: number): boolean => Math.round(value * MILLION) / MILLION === value;

const rounded = (value: number, type: RelationAggregatePlan['result']['type']): number =>
  type.kind === 'decimal' ? Number(value.toFixed(type.scale)) : value;

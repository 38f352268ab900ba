import { invalid } from '../problems.ts';
import { parameterOf, sqlType } from '../values.ts';
import type { ReadColumn, ReadTable } from './read-table.ts';
import { ident, type Values } from './sql-names.ts';

const OPERATORS = {
  eq: '=',
  ne: 'IS DISTINCT FROM',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
} as const;

/** A condition on a column; `value` is null for whether the column itself is. */
export type Filter = { readonly column: ReadColumn; readonly operator: string; readonly value: string | null };

const MAX_FILTERS = 10;

/** Reads `column:op:value`. @throws MED_REQUEST_INVALID */
export function filtersOf(table: ReadTable, texts: readonly string[]): readonly Filter[] {
  if (texts.length > MAX_FILTERS) throw invalid(`filter: ${MAX_FILTERS} at most`);
  return texts.map((text) => filterOf(table, text));
}

function filterOf(table: ReadTable, text: string): Filter {
  // A column's name may have a colon in it, so it is looked for, the longest first.
  const column = [...table.columns.values()]
    .filter(({ name }) => text.startsWith(`${name}:`))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (column === undefined) throw invalid(`filter: ${JSON.stringify(text.slice(0, 60))} names no column of this table`);
  const rest = text.slice(column.name.length + 1);
  const end = rest.indexOf(':');
  const operator = end < 0 ? rest : rest.slice(0, end);
  if (operator === 'null' || operator === 'not_null')
    return { column, operator: operator === 'null' ? 'IS NULL' : 'IS NOT NULL', value: null };
  if (!Object.hasOwn(OPERATORS, operator) || sqlType(column.kind) === null)
    throw invalid(`filter: ${column.name} takes ${Object.keys(OPERATORS).join(', ')}, null and not_null, then a colon`);
  return {
    column,
    operator: OPERATORS[operator as keyof typeof OPERATORS],
    value: parameterOf(end < 0 ? '' : rest.slice(end + 1), column.kind, `filter: the value of ${column.name}`),
  };
}

/** The conditions as SQL. */
export const filterSql = (filters: readonly Filter[], values: Values): readonly string[] =>
  filters.map(({ column, operator, value }) =>
    value === null
      ? `${ident(column.name)} ${operator}`
      : `${ident(column.name)} ${operator} ${values.add(value, sqlType(column.kind)!)}`,
  );

import type { Field, Value } from '@medallion/schema';
import type { ColumnSet } from './column-set.ts';
import { type Context, kindText } from './compile-context.ts';
import { columnsTaken, keysInOrder } from './compile-join.ts';
import { keyOf } from './compile-relational-view.ts';
import type { RelationJoinDeclaration } from './declaration.ts';
import { quoted, type Report } from './mistakes.ts';
import { type RelationJoinPlan, type TablePlan, VALIDITY } from './plan.ts';
import { typeText } from './type-text.ts';

/**
 * A join of a relational view as a plan. `left` are the columns that it may join on; the columns that it takes over are
 * added to `all`.
 */
export function compileLookup(
  { table: joined, type, on, columns, otherwise }: RelationJoinDeclaration,
  left: ColumnSet,
  all: ColumnSet,
  { planOf, report }: Context,
): RelationJoinPlan {
  const table = planOf(joined);
  const key = keyToJoin(
    table,
    on.map(([, name]) => name),
  );
  if (key === null) {
    report(`it joins "${table.name}", ${kindText(table)}`, 'join a keyed table, or a view of rows by key');
    return { table: table.name, type, on: [], columns: [] };
  }
  const lefts = keysInOrder(on, key, table.schema.fields, left, `the join with "${table.name}"`, report);
  judgeOtherwise(
    table,
    otherwise,
    columns.map(([, name]) => name),
    type,
    report,
  );
  return {
    table: table.name,
    type,
    on: lefts.map((name, i) => [name, key[i]!] as const),
    columns: columnsTaken(columns, table, report).map(({ from, name, found }) => {
      const instead = otherwise[name] ?? null;
      judgeValue(name, instead, found, report);
      const field: Field = { ...found, name, nullable: found.nullable || (type === 'left' && instead === null) };
      all.add(field);
      return { from, field, otherwise: instead };
    }),
  };
}

/** Of a table with history the current version is joined, unless the join names the version. */
function keyToJoin(table: TablePlan, named: readonly string[]): readonly string[] | null {
  if (table.kind === 'keyed_table' && table.storedAs === 2 && !named.includes(VALIDITY.from)) return table.keys;
  return keyOf(table);
}

function judgeOtherwise(
  table: TablePlan,
  otherwise: Readonly<Record<string, Value>>,
  taken: readonly string[],
  type: RelationJoinPlan['type'],
  report: Report,
): void {
  const names = Object.keys(otherwise);
  if (names.length > 0 && type === 'inner')
    report(
      `its inner join with "${table.name}" has values for rows without a match`,
      'use .leftJoin(), or leave them out',
    );
  for (const name of names)
    if (!taken.includes(name))
      report(
        `otherwise names "${name}", which is not taken over from "${table.name}"`,
        `choose one of ${quoted(taken)}`,
      );
}

const JAVASCRIPT: Readonly<Record<Field['type']['kind'], string>> = {
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  decimal: 'number',
  string: 'string',
  enum: 'string',
  timestamp: 'number',
  date: 'number',
  list: 'object',
};

function judgeValue(name: string, value: Value, { type }: Field, report: Report): void {
  if (value !== null && typeof value !== JAVASCRIPT[type.kind])
    report(
      `otherwise gives "${name}" ${JSON.stringify(value)}, which is no ${typeText(type)}`,
      'give a value of its type',
    );
}

import type { Field } from '@medallion/schema';
import type { ColumnSet } from './column-set.ts';
import { comparable } from './comparable.ts';
import { type Context, kindText } from './compile-context.ts';
import type { Operation, Pairs } from './declaration.ts';
import { quoted, type Report } from './mistakes.ts';
import type { EventTimePlan, JoinPlan, KeyedTablePlan } from './plan.ts';
import { typeText } from './type-text.ts';

/** A join of a stream with a keyed table as a plan. */
export function compileJoin(
  declared: Operation & { readonly kind: 'join' },
  columns: ColumnSet,
  eventTime: EventTimePlan | null,
  { planOf, report }: Context,
): JoinPlan {
  const { mode, type } = declared;
  const table = planOf(declared.table);
  const plan: JoinPlan = { kind: 'join', table: table.name, mode, type, on: [], columns: [] };
  if (table.kind !== 'keyed_table') {
    report(`it joins "${table.name}", ${kindText(table)}`, 'join a keyed table: .applyChanges(…)');
    return plan;
  }
  if (mode === 'as_of' && table.storedAs === 1)
    report(
      `it joins "${table.name}" as of the event time, of which only the newest rows are kept`,
      'store it with { storedAs: 2 }, or join it as { mode: "latest" }',
    );
  if (mode === 'as_of' && eventTime === null)
    report(
      `it joins "${table.name}" as of the event time, and none is declared before`,
      'call .eventTime(column, { watermarkDelay }) before .join()',
    );
  if (mode === 'as_of' && table.storedAs === 2) judgeSequence(table, report);
  const on = keysInOrder(
    declared.on,
    table.keys,
    table.schema.fields,
    columns,
    `the join with "${table.name}"`,
    report,
  );
  return { ...plan, on, columns: takenOver(declared.columns, table, columns, type === 'left', report) };
}

function judgeSequence(table: KeyedTablePlan, report: Report): void {
  const sequence = table.schema.fields.find(({ name }) => name === table.sequenceBy);
  if (sequence !== undefined && sequence.type.kind !== 'timestamp')
    report(
      `it joins "${table.name}" as of the event time, and the versions of that are by "${sequence.name}", a ${sequence.type.kind}`,
      'join a table whose sequence is a timestamp',
    );
}

/** The left columns in the order of `keys`; judges that there is one for each key, of a type that can equal it. */
export function keysInOrder(
  on: Pairs,
  keys: readonly string[],
  fields: readonly Field[],
  left: ColumnSet,
  what: string,
  report: Report,
): readonly string[] {
  const named = on.map(([, key]) => key);
  if (named.length !== keys.length || keys.some((key) => !named.includes(key)))
    report(`${what} is on ${quoted(named)}, and its key is ${quoted(keys)}`, 'join on the whole key, each column once');
  return keys.flatMap((key) => {
    const from = on.find(([, name]) => name === key)?.[0];
    if (from === undefined) return [];
    const mine = left.find(from, what);
    const theirs = fields.find(({ name }) => name === key);
    if (mine !== undefined && theirs !== undefined && !comparable(mine.type, theirs.type))
      report(
        `${what} compares "${from}", ${typeText(mine.type)}, with "${key}", ${typeText(theirs.type)}`,
        'join columns of one kind',
      );
    return [from];
  });
}

type Taken = readonly { readonly from: string; readonly field: Field }[];

/** The columns of a joined table that are taken over, under their own names and the new ones; judges that there are such. */
export function columnsTaken(
  pairs: Pairs,
  { name: table, schema }: Pick<KeyedTablePlan, 'name' | 'schema'>,
  report: Report,
): readonly { readonly from: string; readonly name: string; readonly found: Field }[] {
  return pairs.flatMap(([from, name]) => {
    const found = schema.fields.find((field) => field.name === from);
    if (found !== undefined) return [{ from, name, found }];
    report(
      `it takes over "${from}", which "${table}" does not have`,
      `choose one of ${quoted(schema.fields.map((field) => field.name))}`,
    );
    return [];
  });
}

/** Adds the columns that are taken over from a table. */
function takenOver(pairs: Pairs, table: KeyedTablePlan, columns: ColumnSet, optional: boolean, report: Report): Taken {
  if (pairs.length === 0) report(`it takes over no column of "${table.name}"`, 'name at least one');
  return columnsTaken(pairs, table, report).map(({ from, name, found }) => {
    const field = { ...found, name, nullable: found.nullable || optional };
    columns.add(field);
    return { from, field };
  });
}

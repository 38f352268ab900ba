import { assertNever } from '@medallion/core';
import { operandsOf } from './expression.ts';
import {
  AUDIT,
  type FlowPlan,
  type KeyedTablePlan,
  type MaterializedViewPlan,
  type PipelinePlan,
  RAW,
  type RelationalViewPlan,
  type SourcePlan,
  type StepPlan,
  type TablePlan,
  VALIDITY,
  type ViewPlan,
} from './plan.ts';

/** A column of a table, or of what a flow reads of the world outside. */
export type ColumnRef = {
  readonly table: string;
  readonly column: string;
  /** Whether its values are taken over as they are, or something is computed from them. */
  readonly how: 'copied' | 'computed';
  /** Whether a value can be seen in what it became: a count or a condition shows none, and of a function nobody knows. */
  readonly seen: boolean;
};

/** Where the values of a table's columns come from, by column; empty for those that the engine makes. */
export type ColumnOrigins = ReadonlyMap<string, readonly ColumnRef[]>;

/** What is known of the columns of a row on its way. */
type Row = Map<string, readonly ColumnRef[]>;

/**
 * Where the columns of each table come from, in the table that it reads directly; of views, their steps are seen through.
 * Functions are opaque: a derived column is computed from the columns that the text of its function names.
 */
export const columnLineage = (plan: Pick<PipelinePlan, 'tables'>): ReadonlyMap<string, ColumnOrigins> => {
  const byName = new Map(plan.tables.map((table) => [table.name, table]));
  return new Map(plan.tables.map((table) => [table.name, originsOf(table, byName)]));
};

/**
 * The columns of each table that tell who somebody is: those that are declared so, and those in which the value of such a
 * column can be seen, and beside any of them the text that rows were read from and what of it was rescued. What a function
 * computes from them has to be declared.
 */
export function personalColumns(plan: Pick<PipelinePlan, 'tables'>): ReadonlyMap<string, ReadonlySet<string>> {
  const lineage = columnLineage(plan);
  const personal = new Map<string, Set<string>>();
  // Every table comes after those that it reads.
  for (const table of plan.tables) {
    const found = new Set<string>('governance' in table ? table.governance.personal : []);
    for (const [column, origins] of lineage.get(table.name)!)
      if (origins.some((from) => from.seen && personal.get(from.table)?.has(from.column))) found.add(column);
    if (found.size > 0) for (const { name } of table.schema.fields) if (TEXTS.has(name)) found.add(name);
    personal.set(table.name, found);
  }
  return personal;
}

/** Columns that may hold anything of the input: also a personal value that was misspelt, or of the wrong type. */
const TEXTS: ReadonlySet<string> = new Set([RAW, AUDIT.rescued]);

type Tables = ReadonlyMap<string, TablePlan>;

function originsOf(table: TablePlan, tables: Tables): ColumnOrigins {
  switch (table.kind) {
    case 'streaming_table':
      return shown(
        table,
        table.flows.map((flow) => flowRow(flow, tables)),
      );
    case 'keyed_table':
      return shown(table, [withValidity(table, flowRow(table.flow, tables))]);
    case 'view':
      return shown(table, [viewRow(table, tables)]);
    case 'materialized_view':
      return shown(table, [windowedRow(table)]);
    case 'relational_view':
      return shown(table, [relationalRow(table, tables)]);
    case 'change_feed':
      return shown(table, [copied(table.source, columnsOf(table.source, tables))]);
    default:
      return assertNever(table, 'table');
  }
}

/** The columns of a table, each with what all of its flows bring. */
const shown = (table: TablePlan, rows: readonly Row[]): ColumnOrigins =>
  new Map(table.schema.fields.map(({ name }) => [name, union(rows.map((row) => row.get(name) ?? []))]));

const columnsOf = (name: string, tables: Tables): readonly string[] =>
  tables.get(name)?.schema.fields.map((field) => field.name) ?? [];

const copied = (table: string, columns: readonly string[]): Row =>
  new Map(columns.map((column) => [column, [{ table, column, how: 'copied', seen: true }]]));

/** Each origin once; copied or seen where any of them is. */
function union(origins: readonly (readonly ColumnRef[])[]): readonly ColumnRef[] {
  const all = new Map<string, ColumnRef>();
  for (const ref of origins.flat()) {
    const key = JSON.stringify([ref.table, ref.column]);
    const known = all.get(key);
    all.set(
      key,
      known === undefined || known.how === 'computed' ? { ...ref, seen: ref.seen || known?.seen === true } : known,
    );
  }
  return [...all.values()];
}

const computedFrom = (row: Row, columns: readonly string[], seen = true): readonly ColumnRef[] =>
  union(
    columns.map((column) =>
      (row.get(column) ?? []).map((ref) => ({ ...ref, how: 'computed' as const, seen: ref.seen && seen })),
    ),
  );

function flowRow({ source, steps }: FlowPlan, tables: Tables): Row {
  const row = sourceRow(source, tables);
  for (const step of steps) apply(step, row);
  return row;
}

function viewRow({ source, steps }: ViewPlan, tables: Tables): Row {
  const row = copied(source, columnsOf(source, tables));
  for (const step of steps) apply(step, row);
  return row;
}

function sourceRow(source: SourcePlan, tables: Tables): Row {
  switch (source.kind) {
    case 'table':
      return copied(source.table, columnsOf(source.table, tables));
    case 'topic':
      return copied(
        source.topic,
        source.declared.fields.map(({ name }) => name),
      );
    case 'files':
    case 'snapshot':
      return copied(
        `${source.path}/${source.pattern}`,
        source.declared.fields.map(({ name }) => name),
      );
    default:
      return assertNever(source, 'source');
  }
}

function apply(step: StepPlan, row: Row): void {
  switch (step.kind) {
    case 'judge':
    case 'event_time':
    case 'dedupe':
    case 'where':
      return;
    case 'derive': {
      // All columns of one step see the row as it was before.
      const before = new Map(row);
      for (const { field, compute } of step.columns)
        row.set(field.name, computedFrom(before, named(compute, before), false));
      return;
    }
    case 'omit':
      for (const column of step.columns) row.delete(column);
      return;
    case 'explode': {
      const list = row.get(step.column) ?? [];
      row.delete(step.column);
      for (const { field } of step.fields) row.set(field.name, list);
      if (step.position !== null) row.set(step.position, []);
      return;
    }
    case 'join':
      for (const { from, field } of step.columns)
        row.set(field.name, [{ table: step.table, column: from, how: 'copied', seen: true }]);
      return;
    default:
      assertNever(step, 'step');
  }
}

/** The columns that the text of a function names: `d.amount`, `d['amount']`, `{ amount }`. */
function named(compute: (row: never) => unknown, row: Row): readonly string[] {
  const words = new Set(String(compute).match(/[\w$]+/g));
  return [...row.keys()].filter((column) => words.has(column));
}

function withValidity({ storedAs, sequenceBy }: KeyedTablePlan, row: Row): Row {
  if (storedAs === 1 || sequenceBy === null) return row;
  const sequence = row.get(sequenceBy) ?? [];
  return row.set(VALIDITY.from, sequence).set(VALIDITY.to, sequence);
}

function windowedRow(view: MaterializedViewPlan): Row {
  const source = copied(view.source, [
    ...new Set([
      ...view.groupBy.map(({ name }) => name),
      view.eventTime.column,
      ...view.aggregates.flatMap(({ column }) => (column === null ? [] : [column])),
    ]),
  ]);
  const row: Row = new Map(view.groupBy.map(({ name }) => [name, source.get(name)!]));
  for (const bound of ['window_start', 'window_end'])
    row.set(bound, computedFrom(source, [view.eventTime.column], false));
  for (const { name, kind, column } of view.aggregates) row.set(name, measured(kind, column, source));
  for (const column of view.columns) {
    const from =
      column.kind === 'expression'
        ? operandsOf(column.expression).flatMap((operand) => (operand.op === 'column' ? [operand.name] : []))
        : [column.kind === 'rank' ? column.by : column.of];
    row.set(column.field.name, computedFrom(row, from));
  }
  return row;
}

/** The least and greatest value are values of the column; how many there are shows none. */
function measured(kind: string, column: string | null, row: Row): readonly ColumnRef[] {
  if (column === null) return [];
  if (kind === 'min' || kind === 'max') return row.get(column) ?? [];
  return computedFrom(row, [column], kind !== 'count' && kind !== 'count_distinct');
}

function relationalRow(view: RelationalViewPlan, tables: Tables): Row {
  const joined = copied(view.source, columnsOf(view.source, tables));
  for (const { table, columns } of view.joins)
    for (const { from, field } of columns) joined.set(field.name, [{ table, column: from, how: 'copied', seen: true }]);
  for (const { field, expression } of view.derived) joined.set(field.name, computedFrom(joined, expression.columns));
  const row: Row =
    view.groupBy === null ? joined : new Map(view.groupBy.map(({ name }) => [name, joined.get(name) ?? []]));
  for (const { name, kind, column, where } of view.aggregates)
    row.set(name, union([measured(kind, column, joined), computedFrom(joined, where?.columns ?? [], false)]));
  for (const { field, expression } of view.columns) row.set(field.name, computedFrom(row, expression.columns));
  if (view.surrogateKey !== null) row.set(view.surrogateKey, computedFrom(row, view.key, false));
  return row;
}

import { minutes } from '@medallion/core';
import { type Field, type FieldType, fieldsOf, timestamp } from '@medallion/schema';
import type { Aggregate } from './aggregate.ts';
import { measurable, resultOf } from './aggregate-result.ts';
import { ColumnSet } from './column-set.ts';
import { kindText } from './compile-context.ts';
import type { ComputedColumns, MaterializedViewDeclaration } from './declaration.ts';
import { operandsOf } from './expression.ts';
import { judgeVersion } from './judge-options.ts';
import { judgeWindow } from './judge-window.ts';
import type { Report } from './mistakes.ts';
import { judgeTableName, judgeWindowedName } from './names.ts';
import type { AggregatePlan, EventTimePlan, MaterializedViewPlan, TablePlan, ViewColumnPlan } from './plan.ts';
import { commented, governanceOf } from './settings.ts';

const LONG: FieldType = { kind: 'long' };
const DOUBLE: FieldType = { kind: 'double' };

const windowFields: readonly Field[] = fieldsOf({
  window_start: timestamp('the first instant of the window'),
  window_end: timestamp('the first instant after the window'),
});

/** A materialized view as a plan without its hash. `source` is the plan of the table that it reads. */
export function compileView(
  declared: MaterializedViewDeclaration,
  source: TablePlan,
  report: Report,
): MaterializedViewPlan {
  judgeTableName(declared.name, [], report);
  judgeVersion(declared.version, report);
  judgeWindow(declared.window, declared.computed, report);
  const eventTime = eventTimeOf(source, report);

  const input = new ColumnSet(source.schema.fields, report);
  const output = new ColumnSet(windowFields, report);
  const groupBy = declared.groupBy.flatMap((name) => input.find(name, 'groupBy') ?? []);
  for (const { name, type } of groupBy)
    if (type.kind === 'list') report(`groupBy names "${name}", a list`, 'choose columns that hold one value');
  for (const field of groupBy) output.add(field);
  const aggregates = Object.entries(declared.aggregates ?? {}).map(([name, a]) =>
    compileAggregate(name, a, input, report),
  );
  if (aggregates.length === 0) report('it measures nothing', 'add a measure: .aggregate(a => ({ events: a.count() }))');
  for (const { result } of aggregates) output.add(result);
  const measures = new ColumnSet(
    aggregates.map((a) => a.result),
    report,
  );
  const columns = declared.computed.flatMap((computed) => compileComputed(computed, measures, report));
  for (const { field } of columns) output.add(field);
  for (const { name } of [...groupBy, ...aggregates.map(({ result }) => result), ...columns.map(({ field }) => field)])
    judgeWindowedName(name, report);

  return {
    kind: 'materialized_view',
    name: declared.name,
    layer: 'gold',
    comment: declared.comment,
    source: source.name,
    eventTime,
    window: declared.window,
    groupBy,
    aggregates,
    columns,
    schema: { name: declared.name, fields: commented(output.all, declared, report) },
    governance: governanceOf(declared, output.all, report),
    version: declared.version,
    hash: '',
  };
}

function eventTimeOf(source: TablePlan, report: Report): EventTimePlan {
  if (source.kind === 'streaming_table' && source.flows.length > 1)
    // Each flow has a watermark of its own, and nothing says which flow is behind.
    report(
      `it is windowed, and its source "${source.name}" is fed by several flows, which move its watermark apart from each other`,
      'window the tables that the flows read',
    );
  if (source.kind === 'streaming_table' && source.eventTime !== null) return source.eventTime;
  if (source.kind !== 'streaming_table')
    report(`it is windowed, and reads "${source.name}", ${kindText(source)}`, 'read a streaming table');
  else
    report(
      `it is windowed, and its source "${source.name}" has no watermark`,
      `call .eventTime(column, { watermarkDelay: minutes(5) }) on "${source.name}"`,
    );
  return { column: '', watermarkDelayMs: minutes(0) };
}

function compileAggregate(name: string, declared: Aggregate<unknown>, input: ColumnSet, report: Report): AggregatePlan {
  const { kind, column, where } = declared;
  const measured = column === null ? undefined : input.find(column, `measure "${name}"`);
  const type = measured?.type ?? null;
  if (type !== null && !measurable(kind, type))
    report(`measure "${name}" is the ${kind} of "${column}", a ${type.kind} column`, 'choose a numeric column');
  return { name, kind, column, input: type, where, result: resultOf(name, kind, type) };
}

function compileComputed(computed: ComputedColumns, measures: ColumnSet, report: Report): readonly ViewColumnPlan[] {
  if (computed.kind === 'expression')
    return Object.entries(computed.columns).map(([name, expression]) => {
      for (const operand of operandsOf(expression))
        if (operand.op === 'column') judgeMeasure(measures, operand.name, `column "${name}"`, report);
        else if (!Number.isFinite(operand.value))
          report(`column "${name}" calculates with ${operand.value}`, 'use a finite number');
      return { kind: 'expression', field: { name, type: DOUBLE, nullable: true }, expression };
    });
  const { kind } = computed;
  return Object.entries(computed.columns).map(([name, measure]) => {
    const field = judgeMeasure(measures, measure, `column "${name}"`, report);
    return kind === 'rank'
      ? { kind, field: { name, type: LONG, nullable: false }, by: measure }
      : { kind, field: { name, type: field?.type ?? LONG, nullable: false }, of: measure };
  });
}

function judgeMeasure(measures: ColumnSet, name: string, what: string, report: Report): Field | undefined {
  const field = measures.find(name, what);
  if (field !== undefined && !measurable('sum', field.type))
    report(`${what} calculates with "${name}", a ${field.type.kind}`, 'choose a numeric measure');
  return field;
}

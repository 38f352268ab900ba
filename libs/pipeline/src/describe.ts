import { assertNever } from '@medallion/core';
import type { Field, FieldType } from '@medallion/schema';
import { durationText } from './duration-text.ts';
import { expressionText } from './expression-text.ts';
import type {
  AggregatePlan,
  EventTimePlan,
  FlowPlan,
  MaterializedViewPlan,
  PipelinePlan,
  SourcePlan,
  StepPlan,
  StreamingTablePlan,
  TablePlan,
  ViewColumnPlan,
} from './plan.ts';

/**
 * The data path of a pipeline as text: each table with its source, steps, rules, measures, columns and topics. A
 * checked-in copy of it makes every change of a pipeline visible in review. Hashes are left out: they say nothing to a reader.
 */
export const describe = (plan: PipelinePlan): string =>
  `${[`pipeline ${plan.name} (Postgres schema ${plan.schemaName})`, ...plan.tables.map(describeTable), '']
    .join('\n\n')
    .trimEnd()}\n`;

function describeTable(table: TablePlan): string {
  const version = table.version === 1 ? '' : `, version ${table.version}`;
  const title = `${table.layer} ${table.name} (${table.kind.replace('_', ' ')}${version})`;
  const body = bodyOf(table);
  return [title, ...(table.comment === null ? [] : [`  "${table.comment}"`]), ...body].join('\n');
}

function bodyOf(table: TablePlan): readonly string[] {
  switch (table.kind) {
    case 'streaming_table':
      return streamingTable(table);
    case 'materialized_view':
      return materializedView(table);
    default:
      return [];
  }
}

function sourceText(source: SourcePlan): string {
  switch (source.kind) {
    case 'topic':
      return `topic ${source.topic} (${source.format}, key ${source.key})`;
    case 'table':
      return source.table;
    case 'files':
    case 'snapshot':
      return `${source.kind} ${source.path}/${source.pattern} (${source.format.kind})`;
    default:
      return assertNever(source, 'source');
  }
}

function describeFlow(flow: FlowPlan): readonly string[] {
  return [`  from        ${sourceText(flow.source)}`, ...flow.steps.flatMap(describeStep)];
}

function streamingTable(t: StreamingTablePlan): readonly string[] {
  const copy = t.queryable;
  return [
    ...t.flows.flatMap(describeFlow),
    `  topic       ${t.topic} (${durationText(t.retentionMs)})`,
    `  quarantine  ${t.quarantineTopic}`,
    ...(copy === null ? [] : [`  queryable   by ${copy.partitionBy}, ${durationText(copy.retentionMs)}`]),
    ...describeColumns(t.schema.fields),
  ];
}

function describeStep(step: StepPlan): readonly string[] {
  switch (step.kind) {
    case 'judge':
      return step.expectations.map((e) => `  expect      ${e.name}: ${e.text}, or ${e.action}`);
    case 'event_time':
      return [`  event time  ${watermarkText(step)}, at most ${durationText(step.maxFutureSkewMs)} ahead of ingestion`];
    case 'dedupe':
      return [`  dedupe      by ${step.by} within ${durationText(step.withinMs)}`];
    case 'derive':
      return [`  derive      ${step.columns.map((c) => c.field.name).join(', ')}`];
    case 'omit':
      return [`  omit        ${step.columns.join(', ')}`];
    case 'where':
      return [`  where       ${step.text}`];
    case 'explode':
      return [`  explode     ${step.column} into ${step.fields.map(({ field }) => field.name).join(', ')}`];
    case 'join':
      return [
        `  ${step.type} join   ${step.table} (${step.mode === 'as_of' ? 'as of the event time' : step.mode}) on ${step.on.join(', ')}`,
      ];
    default:
      return assertNever(step, 'step');
  }
}

function materializedView(v: MaterializedViewPlan): readonly string[] {
  const grace = v.window.graceMs === 0 ? '' : `, grace ${durationText(v.window.graceMs)}`;
  return [
    `  from        ${v.source}`,
    `  window      tumbling ${durationText(v.window.sizeMs)}${grace}, over ${watermarkText(v.eventTime)}`,
    ...(v.groupBy.length === 0 ? [] : [`  group by    ${v.groupBy.map((f) => f.name).join(', ')}`]),
    ...v.aggregates.map((a) => `  measure     ${a.name} = ${measureText(a)}`),
    ...v.columns.map((c) => `  compute     ${c.field.name} = ${computedText(c)}`),
    ...describeColumns(v.schema.fields),
  ];
}

const watermarkText = (e: EventTimePlan): string => `${e.column}, watermark ${durationText(e.watermarkDelayMs)} behind`;

const measureText = (a: AggregatePlan): string =>
  `${a.kind}(${a.column ?? ''})${a.where === null ? '' : ` where ${a.where.text}`}`;

function computedText(column: ViewColumnPlan): string {
  switch (column.kind) {
    case 'expression':
      return expressionText(column.expression);
    case 'rank':
      return `rank by ${column.by} within the window`;
    case 'cumulative':
      return `sum of ${column.of} over all windows so far`;
    default:
      return assertNever(column, 'view column');
  }
}

function describeColumns(fields: readonly Field[]): readonly string[] {
  const width = Math.max(0, ...fields.map((field) => field.name.length));
  return ['  columns', ...fields.map((field) => `    ${field.name.padEnd(width)}  ${columnText(field)}`)];
}

const columnText = (field: Field): string =>
  `${typeText(field.type)}${field.nullable ? ' or null' : ''}${field.doc === undefined ? '' : `  -- ${field.doc}`}`;

const typeText = (type: FieldType): string => (type.kind === 'enum' ? `one of ${type.symbols.join(', ')}` : type.kind);

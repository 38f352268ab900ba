import { assertNever } from '@medallion/core';
import { describeFlows, describeStep, watermarkText } from './describe-flows.ts';
import { describeColumns, describeGovernance, describeSettings } from './describe-parts.ts';
import { describeFeed, describeRelation } from './describe-relation.ts';
import { durationText } from './duration-text.ts';
import { expressionText } from './expression-text.ts';
import type {
  AggregatePlan,
  KeyedTablePlan,
  MaterializedViewPlan,
  PipelinePlan,
  QueryablePlan,
  StreamingTablePlan,
  TablePlan,
  ViewColumnPlan,
  ViewPlan,
  WindowPlan,
  WorkersPlan,
} from './plan.ts';

/**
 * The data path of a pipeline as text: each table with its source, steps, rules, measures, columns and topics. A
 * checked-in copy of it makes every change of a pipeline visible in review. Hashes are left out: they say nothing to a reader.
 */
export const describe = (plan: PipelinePlan): string =>
  `${[titleOf(plan), ...plan.tables.map((table) => describeTable(table, plan)), ''].join('\n\n').trimEnd()}\n`;

const titleOf = ({ name, schemaName, mode, development, workers }: PipelinePlan): string => {
  const settings = [mode === 'triggered' ? ', triggered' : '', development ? ', development' : ''];
  return `pipeline ${name} (Postgres schema ${schemaName}${settings.join('')}${workers === undefined ? '' : workersText(workers)})`;
};

const workersText = ({ min, max }: WorkersPlan): string =>
  `, ${min}${max === Number.MAX_SAFE_INTEGER ? ' or more' : ` to ${max}`} workers`;

function describeTable(table: TablePlan, plan: PipelinePlan): string {
  const version = table.version === 1 ? '' : `, version ${table.version}`;
  const title = `${table.layer} ${table.name} (${table.kind.replaceAll('_', ' ')}${version})`;
  const body = bodyOf(table, plan);
  return [title, ...(table.comment === null ? [] : [`  "${table.comment}"`]), ...body].join('\n');
}

function bodyOf(table: TablePlan, plan: PipelinePlan): readonly string[] {
  switch (table.kind) {
    case 'streaming_table':
      return streamingTable(table, plan);
    case 'view':
      return rowView(table);
    case 'keyed_table':
      return keyedTable(table, plan);
    case 'materialized_view':
      return materializedView(table);
    case 'relational_view':
      return describeRelation(table);
    case 'change_feed':
      return describeFeed(table);
    default:
      return assertNever(table, 'table');
  }
}

function streamingTable(t: StreamingTablePlan, plan: PipelinePlan): readonly string[] {
  const copy = t.queryable;
  return [
    ...describeFlows(t.flows, plan),
    `  topic       ${t.topic} (${durationText(t.retentionMs)})`,
    `  quarantine  ${t.quarantineTopic}`,
    ...(copy === null ? [] : [`  queryable   ${queryableText(copy)}`]),
    ...describeSettings(t, 'delete'),
    ...describeColumns(t.schema.fields),
  ];
}

const queryableText = ({ partitionBy, retentionMs }: QueryablePlan): string =>
  partitionBy === null ? 'as one table, for ever' : `by ${partitionBy}, ${durationText(retentionMs)}`;

const rowView = (v: ViewPlan): readonly string[] => [
  `  from        ${v.source}`,
  ...v.steps.flatMap(describeStep),
  ...describeColumns(v.schema.fields),
];

function keyedTable(t: KeyedTablePlan, plan: PipelinePlan): readonly string[] {
  const sequence = t.sequenceBy === null ? 'each snapshot replaces the one before' : `by ${t.sequenceBy}`;
  return [
    ...describeFlows([t.flow], plan),
    `  changes     type ${t.storedAs}, key ${t.keys.join(', ')}, ${sequence}`,
    ...(t.storedAs === 1 ? [] : [`  history     of ${t.tracked.join(', ')}`]),
    ...(t.deletes === null
      ? []
      : [`  delete      where ${t.deletes.text}, remembered for ${durationText(t.tombstoneRetentionMs)}`]),
    `  changelog   ${t.changelogTopic}`,
    `  quarantine  ${t.quarantineTopic}`,
    ...describeSettings(t, 'compact'),
    ...describeColumns(t.schema.fields),
  ];
}

function materializedView(v: MaterializedViewPlan): readonly string[] {
  return [
    `  from        ${v.source}`,
    `  window      ${windowText(v.window)}, over ${watermarkText(v.eventTime)}`,
    ...(v.groupBy.length === 0 ? [] : [`  group by    ${v.groupBy.map((f) => f.name).join(', ')}`]),
    ...v.aggregates.map((a) => `  measure     ${a.name} = ${measureText(a)}`),
    ...v.columns.map((c) => `  compute     ${c.field.name} = ${computedText(c)}`),
    ...describeGovernance(v.governance),
    ...describeColumns(v.schema.fields),
  ];
}

function windowText(window: WindowPlan): string {
  const grace = window.graceMs === 0 ? '' : `, grace ${durationText(window.graceMs)}`;
  switch (window.kind) {
    case 'tumbling':
      return `tumbling ${durationText(window.sizeMs)}${grace}`;
    case 'hopping':
      return `hopping ${durationText(window.sizeMs)} each ${durationText(window.advanceMs)}${grace}`;
    case 'session':
      return `session, gap ${durationText(window.gapMs)}${grace}`;
    default:
      return assertNever(window, 'window');
  }
}

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

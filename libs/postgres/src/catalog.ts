import { createHash } from 'node:crypto';
import { assertNever } from '@medallion/core';
import {
  expectationsOf,
  type FlowPlan,
  flowsOf,
  type MaterializedViewPlan,
  type PipelinePlan,
  personalColumns,
  type TablePlan,
  type WindowPlan,
} from '@medallion/pipeline';
import { goldComments, goldView } from './gold-view.ts';
import { columnLineageOf } from './governance/column-lineage.ts';
import { type RelationIdentity, relationIdentities } from './relational/relation-identity.ts';

/** What the catalog says of a table. */
export type CatalogEntry = {
  readonly table: string;
  readonly layer: string;
  readonly kind: string;
  readonly version: number;
  readonly hash: string;
  /** Identity of what is stored here; null when nothing is. */
  readonly stateHash: string | null;
  /** Identity of what is shown: when it changes, the view is made again over the same state. */
  readonly definitionHash: string;
  readonly comment: string | null;
  readonly description: object;
};

/** Where a table's rows come from. */
export type LineageEntry = {
  readonly source: string;
  readonly target: string;
  readonly kind: 'topic' | 'table' | 'files';
};

/** A declared expectation. */
export type RuleEntry = {
  readonly table: string;
  readonly rule: string;
  readonly action: string;
  readonly description: string;
};

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/**
 * What a view's stored rows mean: rows that were merged under another identity cannot be merged with new ones. Comments,
 * computed columns, the grace period and the watermark delay are not in it, as they only change how rows are shown or
 * judged from now on.
 */
function stateIdentity(view: MaterializedViewPlan): unknown {
  return {
    version: view.version,
    source: view.source,
    ...windowIdentity(view.window),
    groupBy: view.groupBy.map(({ name, type, nullable }) => ({ name, type: type.kind, nullable })),
    aggregates: view.aggregates.map(({ name, kind, column, input, where, result }) => ({
      name,
      kind,
      column,
      input: input?.kind ?? null,
      filtered: where !== null,
      type: result.type.kind,
    })),
  };
}

/** Of tumbling windows their size alone, as ever: their tables are older than other windows. */
function windowIdentity(window: WindowPlan): object {
  switch (window.kind) {
    case 'tumbling':
      return { sizeMs: window.sizeMs };
    case 'hopping':
      return { sizeMs: window.sizeMs, advanceMs: window.advanceMs };
    case 'session':
      return { gapMs: window.gapMs };
    default:
      return assertNever(window, 'window');
  }
}

/** The catalog's entry of each table. */
export function catalogOf(plan: PipelinePlan): readonly CatalogEntry[] {
  const relations = relationIdentities(plan);
  const personal = personalColumns(plan);
  return plan.tables.map((table) => ({
    table: table.name,
    layer: table.layer,
    kind: table.kind,
    version: table.version,
    hash: table.hash,
    comment: table.comment,
    description: { ...describe(table), ...governance(table, personal.get(table.name)!) },
    ...identityOf(plan, table, relations.get(table.name)),
  }));
}

function identityOf(
  plan: PipelinePlan,
  table: TablePlan,
  relation: RelationIdentity | undefined,
): Pick<CatalogEntry, 'stateHash' | 'definitionHash'> {
  if (relation !== undefined) return { stateHash: digest(relation.state), definitionHash: digest(relation.definition) };
  if (table.kind === 'materialized_view')
    return { stateHash: digest(stateIdentity(table)), definitionHash: digest(definition(plan, table)) };
  const copied =
    table.kind === 'streaming_table' && table.queryable !== null ? [table.queryable, table.storage] : [null];
  return { stateHash: null, definitionHash: digest([...copied, table.schema, table.comment]) };
}

const governance = (table: TablePlan, personal: ReadonlySet<string>): object => ({
  tags: 'governance' in table ? table.governance.tags : {},
  personal: [...personal].sort(),
});

const definition = (plan: PipelinePlan, view: MaterializedViewPlan): unknown => [
  goldView(plan.name, plan.schemaName, view),
  goldComments(plan.schemaName, view),
];

const columnsOf = (table: TablePlan): readonly object[] =>
  table.schema.fields.map(({ name, type, nullable, doc }) => ({ name, type: type.kind, nullable, doc: doc ?? null }));

function describe(table: TablePlan): object {
  if (table.kind === 'streaming_table')
    return { topic: table.topic, quarantine_topic: table.quarantineTopic, columns: columnsOf(table) };
  if (table.kind !== 'materialized_view') return { columns: columnsOf(table) };
  return {
    window: table.window.kind,
    ...windowText(table.window),
    grace_ms: table.window.graceMs,
    group_by: table.groupBy.map((field) => field.name),
    measures: table.aggregates.map((a) => ({
      name: a.name,
      kind: a.kind,
      column: a.column,
      where: a.where?.text ?? null,
    })),
    columns: columnsOf(table),
  };
}

function windowText(window: WindowPlan): object {
  if (window.kind === 'session') return { gap_ms: window.gapMs };
  return { window_ms: window.sizeMs, ...(window.kind === 'hopping' ? { advance_ms: window.advanceMs } : {}) };
}

/** Which topic or table each table reads. */
export const lineageOf = (plan: PipelinePlan): readonly LineageEntry[] =>
  plan.tables.flatMap((table) => inputsOf(table).map((input) => ({ ...input, target: table.name })));

/** A way of rows into a table. */
export type FlowEntry = {
  readonly flow: string;
  readonly table: string;
  readonly input: string;
  readonly kind: LineageEntry['kind'];
  /** Whether every record of the input leaves exactly one trace. */
  readonly conserves: boolean;
};

/** The flows of a plan, and its windowed views, which count what they were given too. */
export const flowEntriesOf = (plan: PipelinePlan): readonly FlowEntry[] =>
  plan.tables.flatMap((table) => {
    if (table.kind === 'materialized_view')
      return [{ flow: table.name, table: table.name, input: table.source, kind: 'table' as const, conserves: true }];
    return flowsOf(table).map((flow) => {
      const { source, kind } = flowInput({ ...flow, views: [] });
      return { flow: flow.name, table: table.name, input: source, kind, conserves: conserves(table, flow) };
    });
  });

/** A row that a selection leaves out leaves no trace, an exploded one many; files and changes are counted otherwise. */
const conserves = (table: TablePlan, { source, steps, once }: FlowPlan): boolean =>
  table.kind === 'streaming_table' &&
  !once &&
  (source.kind === 'topic' || source.kind === 'table') &&
  steps.every(
    (step) => step.kind !== 'where' && step.kind !== 'explode' && !(step.kind === 'join' && step.type === 'inner'),
  );

type Input = Omit<LineageEntry, 'target'>;

/** What a table reads directly: views before the tables behind them. */
function inputsOf(table: TablePlan): readonly Input[] {
  switch (table.kind) {
    case 'streaming_table':
    case 'keyed_table':
      return flowsOf(table).flatMap((flow) => [
        flowInput(flow),
        ...flow.steps.flatMap((step): Input[] => (step.kind === 'join' ? [{ source: step.table, kind: 'table' }] : [])),
      ]);
    case 'relational_view':
      return [table.source, ...table.joins.map((join) => join.table)].map((source) => ({ source, kind: 'table' }));
    default:
      return [{ source: table.source, kind: 'table' }];
  }
}

function flowInput({ source, views }: FlowPlan): Input {
  const view = views.at(-1);
  if (view !== undefined) return { source: view, kind: 'table' };
  switch (source.kind) {
    case 'topic':
      return { source: source.topic, kind: 'topic' };
    case 'table':
      return { source: source.table, kind: 'table' };
    case 'files':
    case 'snapshot':
      return { source: `${source.path}/${source.pattern}`, kind: 'files' };
    default:
      return assertNever(source, 'source');
  }
}

/** Every declared expectation. */
export const rulesOf = (plan: PipelinePlan): readonly RuleEntry[] =>
  plan.tables.flatMap((table) =>
    expectationsOf(table).map(({ name, action, text }) => ({
      table: table.name,
      rule: name,
      action,
      description: text,
    })),
  );

/** Identity of all that a migration writes down of a plan: a database that was brought to it needs nothing more for it. */
export const planHashOf = (plan: PipelinePlan): string =>
  digest([
    ...[catalogOf(plan), lineageOf(plan), flowEntriesOf(plan), rulesOf(plan), columnLineageOf(plan)],
    plan.tables.map((table) => [
      table.name,
      'queryable' in table ? table.queryable : null,
      'storage' in table ? table.storage : null,
      'governance' in table ? table.governance : null,
    ]),
  ]);

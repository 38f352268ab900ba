import type { Field, RowSchema, RowSpec } from '@medallion/schema';
import { type Context, kindText } from './compile-context.ts';
import type { AnyTable, FlowDeclaration } from './declaration.ts';
import { isTable } from './declaration.ts';
import { type FilesSource, fileAuditFields, type SnapshotSource } from './files-source.ts';
import { quoted, type Report } from './mistakes.ts';
import { filesTopicOf, judgeColumnName, judgeTopicName } from './names.ts';
import type { SourcePlan, StepPlan, TablePlan } from './plan.ts';
import { auditFields, rawFields, type TopicSource } from './source.ts';

/** What a flow reads, as a plan, and the rows that come from there. */
export type Input = {
  readonly source: SourcePlan;
  /** The views in between, nearest the source first, and their steps. */
  readonly views: readonly string[];
  readonly steps: readonly StepPlan[];
  /** The column that a record's key holds. */
  readonly key: string | null;
  readonly fields: readonly Field[];
};

/** The source of a flow as a plan. `flow` is the flow's name. */
export function inputOf({ source }: FlowDeclaration, flow: string, context: Context): Input {
  if (isTable(source)) return tableInput(source, context);
  switch (source.kind) {
    case 'topic':
      return topicInput(source, context.report);
    case 'files':
      return filesInput(source, filesTopicOf(context.pipeline, flow), context.report);
    case 'snapshot':
      return snapshotInput(source, filesTopicOf(context.pipeline, flow), context.report);
  }
}

function tableInput(table: AnyTable, context: Context): Input {
  const plan = context.planOf(table);
  const direct = { source: { kind: 'table', table: plan.name }, views: [], steps: [], key: null } as const;
  if (plan.kind === 'streaming_table') return { ...direct, key: plan.key, fields: plan.schema.fields };
  if (plan.kind !== 'view' || table.declaration.kind !== 'view' || table.declaration.source === null) {
    context.report(`it reads "${plan.name}", ${kindText(plan)}`, remedyFor(plan));
    return { ...direct, fields: plan.schema.fields };
  }
  // What is wrong with the view's own source was reported with the view.
  const below = tableInput(table.declaration.source, { ...context, report: () => {} });
  return {
    source: below.source,
    views: [...below.views, plan.name],
    steps: [...below.steps, ...plan.steps],
    key: keyAfter(plan.steps, below.key),
    fields: plan.schema.fields,
  };
}

function remedyFor({ kind }: TablePlan): string {
  if (kind === 'keyed_table')
    return 'read the streaming table that its changes come from, or look rows up in it: .join()';
  if (kind === 'change_feed') return 'read the streaming table that the changes come from';
  return 'read a streaming table: the rows of a view change';
}

/** The key of rows after steps: it is lost where its column is left out. */
export const keyAfter = (steps: readonly StepPlan[], key: string | null): string | null =>
  key !== null && steps.some((step) => step.kind === 'omit' && step.columns.includes(key)) ? null : key;

function topicInput({ topic, key, value, raw }: TopicSource<unknown>, report: Report): Input {
  judgeTopicName(topic, report);
  const declared = declaredColumns(value.declared, [key], report);
  return {
    source: { kind: 'topic', topic, format: value.format, key, declared, ...asked(raw) },
    views: [],
    steps: [],
    key,
    fields: [...asArrived(declared), ...rawFields(raw), ...auditFields],
  };
}

function filesInput(source: FilesSource<unknown>, filesTopic: string, report: Report): Input {
  const { path, pattern, rows, key, evolution, partitions, readers, raw } = source;
  judgeFiles(source, filesTopic, report);
  if (!Number.isSafeInteger(partitions) || partitions < 1)
    report(`it has ${partitions} partitions`, 'use a whole number from 1');
  else if (!Number.isSafeInteger(readers) || readers < 1 || readers > partitions)
    report(`it has ${readers} readers`, `use a whole number from 1 to ${partitions}, its partitions`);
  const declared = declaredColumns(rows.declared, [key], report);
  const { format } = rows;
  const read = { path, pattern, format, declared, evolution, key, partitions, readers, filesTopic };
  return {
    source: { kind: 'files', ...read, ...asked(raw) },
    views: [],
    steps: [],
    key,
    fields: [...asArrived(declared), ...rawFields(raw), ...fileAuditFields],
  };
}

function snapshotInput(source: SnapshotSource<unknown>, filesTopic: string, report: Report): Input {
  const { path, pattern, rows, keys } = source;
  judgeFiles(source, filesTopic, report);
  const declared = declaredColumns(rows.declared, keys, report);
  return {
    source: { kind: 'snapshot', path, pattern, format: rows.format, declared, filesTopic },
    views: [],
    steps: [],
    key: null,
    fields: asArrived(declared),
  };
}

const asked = (raw: boolean): { readonly raw?: true } => (raw ? { raw } : {});

/** Whatever arrives is kept, so every declared column may be null until an expectation says otherwise. */
const asArrived = (declared: RowSchema): readonly Field[] =>
  declared.fields.map((field) => ({ ...field, nullable: true }));

function declaredColumns(row: RowSpec<unknown>, keys: readonly string[], report: Report): RowSchema {
  const declared = { name: row.name, fields: row.fields };
  if (declared.fields.length === 0) report('its source declares no columns', 'declare at least one');
  for (const field of declared.fields) judgeColumnName(field.name, report);
  const names = declared.fields.map((field) => field.name);
  for (const key of keys) {
    if (!names.includes(key)) report(`the key "${key}" is not a declared column`, `choose one of ${names.join(', ')}`);
    if (declared.fields.find((field) => field.name === key)?.type.kind === 'list')
      report(`the key "${key}" is a list`, 'choose a column that holds one value');
  }
  return declared;
}

function judgeFiles(
  { path, pattern, rows }: FilesSource<unknown> | SnapshotSource<unknown>,
  filesTopic: string,
  report: Report,
): void {
  judgeTopicName(filesTopic, report);
  const parts = path.split('/');
  if (path === '' || parts.some((part) => part === '' || part === '.' || part === '..') || path.includes('\\'))
    report(`its path "${path}" is no folder below the root`, 'use a path like "landing/orders"');
  if (pattern === '' || pattern.includes('/')) report(`its pattern "${pattern}" is no name`, 'use one like "*.json"');
  const { format } = rows;
  if (format.kind === 'csv' && (format.delimiter.length !== 1 || /["\r\n]/.test(format.delimiter)))
    report(`its delimiter is ${quoted([format.delimiter])}`, 'use one character, no quote and no end of line');
}

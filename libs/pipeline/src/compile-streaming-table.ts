import type { Field } from '@medallion/schema';
import { ColumnSet } from './column-set.ts';
import { compileExpectation } from './compile-expectation.ts';
import type { Operation, StreamingTableDeclaration } from './declaration.ts';
import { judgeDuration, judgeVersion } from './judge-options.ts';
import type { Report } from './mistakes.ts';
import { judgeColumnName, judgeTableName, judgeTopicName, quarantineTopicOf, topicOf } from './names.ts';
import {
  AUDIT,
  type EventTimePlan,
  type ExpectationPlan,
  type SourcePlan,
  type StepPlan,
  type StreamingTablePlan,
  type TablePlan,
} from './plan.ts';
import { auditFields, type TopicSource } from './source.ts';

/** A streaming table as a plan without its hash. `source` is the plan of the table that it reads, if it reads one. */
export function compileStreamingTable(
  pipeline: string,
  declared: StreamingTableDeclaration,
  source: TablePlan | null,
  report: Report,
): StreamingTablePlan {
  const topic = topicOf(pipeline, declared.name);
  const quarantineTopic = quarantineTopicOf(pipeline, declared.name);
  judgeTableName(declared.name, [topic, quarantineTopic], report);
  judgeVersion(declared.version, report);
  judgeDuration('retention', declared.retentionMs, 1, report);

  const input = inputOf(declared, source, report);
  const { steps, fields, eventTime } = compileSteps(declared.operations, input.fields, report);
  judgeQueryable(declared, fields, report);
  return {
    kind: 'streaming_table',
    name: declared.name,
    layer: input.source.kind === 'topic' ? 'bronze' : 'silver',
    comment: declared.comment,
    topic,
    quarantineTopic,
    flows: [{ name: declared.name, source: input.source, views: [], steps, once: false }],
    key: input.key !== null && fields.some(({ name }) => name === input.key) ? input.key : null,
    schema: { name: declared.name, fields },
    eventTime,
    queryable: declared.queryable,
    retentionMs: declared.retentionMs,
    storage: { clusterBy: [], fillfactor: null, autovacuum: {}, cleanup: 'delete' },
    governance: { tags: {}, personal: [] },
    version: declared.version,
    hash: '',
  };
}

type Input = { readonly source: SourcePlan; readonly key: string | null; readonly fields: readonly Field[] };

function inputOf(declared: StreamingTableDeclaration, source: TablePlan | null, report: Report): Input {
  if ('kind' in declared.source) return topicInput(declared.source, report);
  if (source?.kind === 'materialized_view')
    report(`it reads "${source.name}", a materialized view`, 'read a streaming table: the rows of a view change');
  const key = source?.kind === 'streaming_table' ? source.key : null;
  return { source: { kind: 'table', table: declared.source.name }, key, fields: source?.schema.fields ?? [] };
}

function topicInput({ topic, key, value }: TopicSource<unknown>, report: Report): Input {
  judgeTopicName(topic, report);
  const declared = { name: value.declared.name, fields: value.declared.fields };
  if (declared.fields.length === 0) report('its source declares no columns', 'declare at least one');
  for (const field of declared.fields) judgeColumnName(field.name, report);
  const names = declared.fields.map((field) => field.name);
  if (!names.includes(key)) report(`the key "${key}" is not a declared column`, `choose one of ${names.join(', ')}`);
  return {
    source: { kind: 'topic', topic, format: value.format, key, declared },
    key,
    // Whatever arrives is kept, so every declared column may be null until an expectation says otherwise.
    fields: [...declared.fields.map((field) => ({ ...field, nullable: true })), ...auditFields],
  };
}

type Steps = {
  readonly steps: StepPlan[];
  readonly fields: readonly Field[];
  readonly eventTime: EventTimePlan | null;
};

function compileSteps(operations: readonly Operation[], input: readonly Field[], report: Report): Steps {
  const columns = new ColumnSet(input, report);
  const steps: StepPlan[] = [];
  const rules = new Set<string>();
  let judging: ExpectationPlan[] | null = null;
  let eventTime: EventTimePlan | null = null;

  for (const operation of operations) {
    if (operation.kind !== 'expect') judging = null;
    switch (operation.kind) {
      case 'expect': {
        const { name } = operation.expectation;
        if (rules.has(name)) report(`two expectations are named "${name}"`, 'give each a name of its own');
        if (name === '') report('an expectation has an empty name', 'name it: its counts are kept by name');
        rules.add(name);
        if (judging === null) {
          judging = [];
          steps.push({ kind: 'judge', expectations: judging });
        }
        judging.push(compileExpectation(operation.expectation, columns, report));
        break;
      }
      case 'derive': {
        const derived = Object.entries(operation.columns).map(([name, column]) => ({
          field: { name, type: column.type, nullable: column.nullable },
          compute: column.compute,
        }));
        for (const { field } of derived) columns.add(field);
        steps.push({ kind: 'derive', columns: derived });
        break;
      }
      case 'event_time':
        if (eventTime !== null) report('it declares its event time twice', 'keep one of them');
        judgeEventTime(operation, columns, report);
        eventTime = { column: operation.column, watermarkDelayMs: operation.watermarkDelayMs };
        steps.push(operation);
        break;
      case 'dedupe':
        if (steps.some((step) => step.kind === 'dedupe')) report('it drops duplicates twice', 'keep one dedupe');
        columns.find(operation.by, 'dedupe');
        judgeDuration('the time within which duplicates are dropped', operation.withinMs, 1, report);
        if (eventTime === null)
          report('dedupe counts in event time, and none is declared before it', 'call .eventTime() before .dedupe()');
        steps.push(operation);
        break;
      case 'omit':
        for (const column of operation.columns) if (columns.find(column, 'omit')) columns.remove(column);
        steps.push(operation);
        break;
      case 'where':
        steps.push(operation);
        break;
    }
  }
  judgeOmissions(steps, columns, report);
  return { steps, fields: columns.all, eventTime };
}

function judgeEventTime(step: Operation & { kind: 'event_time' }, columns: ColumnSet, report: Report): void {
  const field = columns.find(step.column, 'eventTime');
  if (field !== undefined && (field.type.kind !== 'timestamp' || field.nullable))
    report(
      `event time column "${step.column}" is ${field.nullable ? 'nullable ' : ''}${field.type.kind}`,
      'choose a timestamp that is never null, or check it first: .expectOrQuarantine(name, column, isoInstant)',
    );
  if (!columns.has(AUDIT.ingestedAt))
    report(
      `it has no ${AUDIT.ingestedAt}, by which rows from the future are told`,
      `keep ${AUDIT.ingestedAt} in the tables that it reads`,
    );
  judgeDuration('the watermark delay', step.watermarkDelayMs, 0, report);
  judgeDuration('maxFutureSkew', step.maxFutureSkewMs, 0, report);
}

/** State is rebuilt from the stored rows: what the steps remember must be in them. */
function judgeOmissions(steps: readonly StepPlan[], columns: ColumnSet, report: Report): void {
  const omitted = steps.flatMap((step) => (step.kind === 'omit' ? step.columns : []));
  for (const step of steps) {
    const needed = step.kind === 'event_time' ? step.column : step.kind === 'dedupe' ? step.by : null;
    if (needed !== null && omitted.includes(needed) && !columns.has(needed))
      report(`it omits "${needed}", which ${step.kind} needs after a restart`, 'keep that column');
  }
}

function judgeQueryable(declared: StreamingTableDeclaration, fields: readonly Field[], report: Report): void {
  if (declared.queryable === null) return;
  const { partitionBy, retentionMs } = declared.queryable;
  const field = fields.find(({ name }) => name === partitionBy);
  if (field?.type.kind !== 'date' || field.nullable)
    report(`"${partitionBy}" cannot partition its copy`, 'choose a date column that is never null');
  judgeDuration("the copy's retention", retentionMs, 86_400_000, report);
}

import { assertNever } from '@medallion/core';
import { type FlowPlan, type PipelinePlan, type StreamingTablePlan, streamingTables } from '@medallion/pipeline';
import { backfillReader } from '../backfill/backfill-reader.ts';
import type { FlowDecisions } from '../decisions/flow-decisions.ts';
import { type PassLost, passLost } from '../decisions/pass-lost.ts';
import { groupOf } from '../gold/idleness.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { LogRecord, Offset, RecordLog } from '../ports/index.ts';
import { fromCheckpoint } from '../protocol/checkpoint.ts';
import { elementOf, redrivenReader } from '../redrive/redrive-record.ts';
import type { RedrivenFlow } from '../redrive/redriven-flow.ts';
import { refuseForeignInput } from '../streaming/already-read.ts';
import { Fates } from '../streaming/fates.ts';
import { type JoinedTables, noTables } from '../streaming/join-step.ts';
import { avroReader, jsonReader, type RecordReader, rowReader } from '../streaming/record-reader.ts';
import { TableTask, type TaskParts } from '../streaming/table-task.ts';
import type { RunningFlow } from '../supervise.ts';
import { inputTopicOf } from '../topics.ts';
import { inputOf, runStreaming } from './flow-input.ts';
import { finishedFlow } from './running.ts';

/**
 * source → decode → steps, joined with keyed tables → encode → log; see StreamingFlow. `redriven`: the flow processes
 * again what another one refused.
 */
export async function startStreaming(
  table: StreamingTablePlan,
  flow: FlowPlan,
  parts: FlowParts,
  redriven: RedrivenFlow | null = null,
): Promise<RunningFlow> {
  const { log, codecs, clock, logger, progress, decisions } = parts;
  const input = await inputOf(flow, parts, redriven);
  if (input === null) return finishedFlow();
  await decisions.load();
  const tables = await joinedTables(flow, parts);
  const reader = await readerOf(table, flow, parts, redriven);
  const encoder = await codecs.encoder(table.topic, table.schema);
  const ownRows = await codecs.decoder(table.topic, table.schema);
  const appender = await log.appender();
  const decided = decidedBy(decisions);
  const restore = async (task: TableTask, partition: number, from: Offset) => {
    const low = (await log.partitions(table.topic))?.[partition]?.low ?? 0;
    if (from < low)
      logger.warn(
        { table: table.name, flow: flow.name, topic: table.topic, partition, from, low },
        'some of the records that the state is made of are gone: duplicates of them are taken for new',
      );
    const rowOf = (record: LogRecord) => {
      const decoded = ownRows.decode(record.value);
      return 'row' in decoded ? decoded.row : null;
    };
    for await (const records of log.read({ topic: table.topic, partition }, from)) {
      await ownRows.prepare(records.map((record) => record.value));
      task.restore(records, rowOf);
      progress(flow.name).made();
    }
  };
  const passes = lossesOf(flow, parts);
  const again = redrivenParts(redriven);
  const anew = redriven !== null || mayJudgeAnew(flow);
  return runStreaming(table, flow, input, parts, {
    reader,
    passLost: passes,
    ...(anew ? { order: 'rows first' } : {}),
    openTask: async (at, position) => {
      if (position.next === 0)
        await refuseForeignInput(log, table, { flow: flow.name, group: input.group, at, passLost: passes });
      const fates = anew
        ? { fates: await Fates.read({ log, appender, clock, table, flow: flow.name, ownRows }, at, position) }
        : {};
      const task = new TableTask(
        table,
        flow,
        { reader, encoder, tables, ...decided, ...fates, ...again },
        at,
        position,
      );
      const others = redriven === null ? null : await restoredFrom(redriven.original, at.partition, parts);
      const from = position.restoreFrom === null ? others : Math.min(position.restoreFrom, others ?? Infinity);
      if (from !== null) await restore(task, at.partition, from);
      return task;
    },
    appender,
  });
}

/** From where the state of a flow is rebuilt in a partition of its table; null for nothing. */
export async function restoredFrom(
  flow: FlowPlan,
  partition: number,
  { plan, log }: { readonly plan: PipelinePlan; readonly log: RecordLog },
): Promise<Offset | null> {
  const [group, topic] = [groupOf(plan, flow.name), inputTopicOf(plan, flow)];
  const checkpoint = (await log.committed(group, topic)).get(partition);
  return checkpoint === undefined ? null : fromCheckpoint(checkpoint, group, { topic, partition }).restoreFrom;
}

/** What makes a task process again what another flow refused. */
export const redrivenParts = (redriven: RedrivenFlow | null): Pick<TaskParts, 'redriven'> =>
  redriven === null ? {} : { redriven: { original: redriven.original.name, elementOf } };

/** What people decided, as tasks ask for it. */
export const decidedBy = (decisions: FlowDecisions): Required<Pick<TaskParts, 'skipped' | 'resumed'>> => ({
  skipped: (at, offset) => decisions.skipped(at, offset),
  resumed: (at, offset) => decisions.resumed(at, offset),
});

/** What people let the flow pass over. */
export const lossesOf = ({ name }: FlowPlan, { plan, log, logger, metrics, decisions }: FlowParts): PassLost =>
  passLost(name, decisions, { log, logger, metrics: metrics.flow({ pipeline: plan.name, table: name }) });

/** Whether a record may be judged otherwise when it is processed again: by what it is joined with, or when it came in. */
export const mayJudgeAnew = ({ source, steps }: FlowPlan): boolean =>
  steps.some(({ kind }) => kind === 'join' || (kind === 'event_time' && source.kind !== 'table'));

/** The keyed tables that the flow's rows are joined with, read up to their ends; the flow is not ready before. */
export async function joinedTables(
  flow: FlowPlan,
  { dimensions, report }: Pick<FlowParts, 'dimensions' | 'report'>,
): Promise<JoinedTables> {
  const names = flow.steps.flatMap((step) => (step.kind === 'join' ? [step.table] : []));
  if (names.length === 0) return noTables;
  const message = `${flow.name} reads ${names.join(', ')}, which its rows are joined with`;
  report(flow.name, { ok: false, code: 'MED_FLOW_STARTING', message, remedy: 'nothing to do' });
  return dimensions.open(names);
}

/** Reads the records of a flow's input as rows. */
export async function readerOf(
  table: Pick<StreamingTablePlan, 'schema'>,
  { source }: FlowPlan,
  parts: Pick<FlowParts, 'plan' | 'codecs'>,
  redriven: RedrivenFlow | null = null,
): Promise<RecordReader> {
  if (redriven !== null) {
    const { source } = redriven.original;
    if (source.kind === 'files') return redrivenReader(backfillReader(source), null);
    const rows = source.kind === 'topic' ? backfillReader(source) : null;
    return redrivenReader(await readerOf(table, redriven.original, parts), rows);
  }
  const { plan, codecs } = parts;
  switch (source.kind) {
    case 'topic':
      return source.format === 'avro' ? avroReader(source, await codecs.recordDecoder()) : jsonReader(source);
    case 'table': {
      const { topic, schema } = streamingTables(plan).find(({ name }) => name === source.table)!;
      const room = table.schema.fields.map(({ name }) => name);
      return rowReader(await codecs.decoder(topic, schema, room));
    }
    case 'files':
    case 'snapshot':
      throw new Error(`invariant violated: ${source.kind} are read by a flow of their own`);
    default:
      return assertNever(source, 'source');
  }
}

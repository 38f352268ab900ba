import { assertNever } from '@medallion/core';
import { type FlowPlan, type StreamingTablePlan, streamingTables } from '@medallion/pipeline';
import type { FlowDecisions } from '../decisions/flow-decisions.ts';
import { groupOf } from '../gold/idleness.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { LogRecord, Offset } from '../ports/index.ts';
import { Fates } from '../streaming/fates.ts';
import { type JoinedTables, noTables } from '../streaming/join-step.ts';
import { avroReader, jsonReader, type RecordReader, rowReader } from '../streaming/record-reader.ts';
import { StreamingFlow } from '../streaming/streaming-flow.ts';
import { TableTask, type TaskParts } from '../streaming/table-task.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics, inputTopicOf } from '../topics.ts';
import { hasEnded } from './ending.ts';
import { finishedFlow, running, subscribeTo } from './running.ts';

/** source → decode → steps, joined with keyed tables → encode → log; see StreamingFlow. */
export async function startStreaming(
  table: StreamingTablePlan,
  flow: FlowPlan,
  parts: FlowParts,
): Promise<RunningFlow> {
  const { plan, log, codecs, clock, logger, metrics, progress, settings, decisions } = parts;
  await ensurePipelineTopics(plan, log);
  const group = groupOf(plan, flow.name);
  const input = inputTopicOf(plan, flow);
  if (flow.once && (await hasEnded(log, group, input))) return finishedFlow();
  await decisions.load();
  const tables = await joinedTables(flow, parts);
  const reader = await readerOf(table, flow, parts);
  const encoder = await codecs.encoder(table.topic, table.schema);
  const ownRows = await codecs.decoder(table.topic, table.schema);
  const appender = await log.appender();
  const decided = decidedBy(decisions);
  const restore = async (task: TableTask, partition: number, from: Offset) => {
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
  const handler = new StreamingFlow(table, flow, {
    reader,
    rowsFirst: mayJudgeAnew(flow),
    openTask: async (at, position) => {
      const fates = mayJudgeAnew(flow)
        ? { fates: await Fates.read({ log, table, flow: flow.name, ownRows }, at, position) }
        : {};
      const task = new TableTask(table, flow, { reader, encoder, tables, ...decided, ...fates }, at, position);
      if (position.restoreFrom !== null) await restore(task, at.partition, position.restoreFrom);
      return task;
    },
    appender,
    group,
    clock,
    logger,
    metrics: metrics.flow({ pipeline: plan.name, table: flow.name }),
    progress: progress(flow.name),
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  const options = { ...subscribeTo(group, [input], settings), ...(flow.once ? { until: 'once' as const } : {}) };
  return running(log, options, handler, () => appender.close());
}

/** What people decided, as tasks ask for it. */
export const decidedBy = (decisions: FlowDecisions): Required<Pick<TaskParts, 'skipped' | 'resumed'>> => ({
  skipped: (at, offset) => decisions.skipped(at, offset),
  resumed: (at, offset) => decisions.resumed(at, offset),
});

/** Whether a record may be judged otherwise when it is processed again: by what it is joined with, or when it came in. */
const mayJudgeAnew = ({ source, steps }: FlowPlan): boolean =>
  steps.some(({ kind }) => kind === 'join' || (kind === 'event_time' && source.kind !== 'table'));

/** The keyed tables that the flow's rows are joined with, read up to their ends; the flow is not ready before. */
export async function joinedTables(flow: FlowPlan, { dimensions, report }: FlowParts): Promise<JoinedTables> {
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
  { plan, codecs }: FlowParts,
): Promise<RecordReader> {
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

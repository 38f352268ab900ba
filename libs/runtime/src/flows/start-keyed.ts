import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import { HistoryState } from '../keyed/history-state.ts';
import { KeyedRows } from '../keyed/keyed-rows.ts';
import { KeyedTask } from '../keyed/keyed-task.ts';
import { openChangelog } from '../keyed/open-changelog.ts';
import { OverwritingState } from '../keyed/overwriting-state.ts';
import { sampleRow } from '../keyed/sample-row.ts';
import type { FlowParts } from '../layer-parts.ts';
import { changelogWriterSchema } from '../protocol/changelog.ts';
import { StreamingFlow } from '../streaming/streaming-flow.ts';
import type { TaskParts } from '../streaming/table-task.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics, inputTopicOf } from '../topics.ts';
import { hasEnded } from './ending.ts';
import { finishedFlow, running, subscribeTo } from './running.ts';
import { joinedTables, readerOf } from './start-streaming.ts';

/** source → decode → steps → changes by key → changelog; see KeyedTask. */
export async function startKeyed(table: KeyedTablePlan, flow: FlowPlan, parts: FlowParts): Promise<RunningFlow> {
  const { plan, log, codecs, clock, logger, metrics, progress, settings, decisions } = parts;
  await ensurePipelineTopics(plan, log);
  const group = groupOf(plan, flow.name);
  const input = inputTopicOf(plan, flow);
  if (flow.once && (await hasEnded(log, group, input))) return finishedFlow();
  await decisions.load();
  const tables = await joinedTables(flow, parts);
  const reader = await readerOf(table, flow, parts);
  const topic = table.changelogTopic;
  const schema = changelogWriterSchema(table);
  const encoder = await codecs.encoder(topic, schema);
  const decoder = await codecs.decoder(topic, schema);
  // Rows that this flow has just written are read before any was read from the log.
  await decoder.prepare([encoder.encode(sampleRow(schema))]);
  const appender = await log.appender();
  const rows = new KeyedRows(table);
  const skipped: TaskParts['skipped'] = (at, offset) => decisions.skipped(at, offset);
  const newState = () => (table.storedAs === 1 ? new OverwritingState(rows) : new HistoryState(rows, encoder, decoder));
  const made = () => progress(flow.name).made();
  const handler = new StreamingFlow({ ...table, topic }, flow, {
    reader,
    openTask: async (at, position) => {
      const place = { topic, partition: at.partition };
      const opened = await openChangelog(place, { flow: flow.name, log, appender, decoder, newState, made });
      return new KeyedTask(table, flow, { reader, encoder, tables, skipped, rows, ...opened }, at, position);
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

import { assertNever } from '@medallion/core';
import { type FlowPlan, type StreamingTablePlan, streamingTables } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import type { LayerParts } from '../layer-parts.ts';
import { jsonReader, type RecordReader, rowReader } from '../streaming/record-reader.ts';
import { StreamingFlow } from '../streaming/streaming-flow.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics, inputTopicOf } from '../topics.ts';
import { running, subscribeTo } from './running.ts';

/** source → decode → steps → encode → log; see StreamingFlow. */
export async function startStreaming(
  table: StreamingTablePlan,
  flow: FlowPlan,
  parts: LayerParts,
): Promise<RunningFlow> {
  const { plan, log, codecs, clock, logger, metrics, progress, settings } = parts;
  await ensurePipelineTopics(plan, log);
  const reader = await readerOf(table, flow, parts);
  const encoder = await codecs.encoder(table.topic, table.schema);
  const ownRows = await codecs.decoder(table.topic, table.schema);
  const appender = await log.appender();
  const group = groupOf(plan, flow.name);
  const handler = new StreamingFlow(table, flow, {
    reader,
    encoder,
    ownRows,
    log,
    appender,
    group,
    clock,
    logger,
    metrics: metrics.flow({ pipeline: plan.name, table: flow.name }),
    progress: progress(flow.name),
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  return running(log, subscribeTo(group, [inputTopicOf(plan, flow)], settings), handler, () => appender.close());
}

async function readerOf(
  table: StreamingTablePlan,
  { source }: FlowPlan,
  { plan, codecs }: LayerParts,
): Promise<RecordReader> {
  switch (source.kind) {
    case 'topic':
      return jsonReader(source);
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

import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import { KeyedTask } from '../keyed/keyed-task.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { RedrivenFlow } from '../redrive/redriven-flow.ts';
import { StreamingFlow } from '../streaming/streaming-flow.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics, inputTopicOf } from '../topics.ts';
import { hasEnded } from './ending.ts';
import { keyedParts } from './keyed-parts.ts';
import { finishedFlow, running, subscribeTo } from './running.ts';
import { startSnapshot } from './start-snapshot.ts';
import { decidedBy, joinedTables, readerOf, redrivenParts } from './start-streaming.ts';

/** source → decode → steps → changes by key → changelog; see KeyedTask. */
export async function startKeyed(
  table: KeyedTablePlan,
  flow: FlowPlan,
  parts: FlowParts,
  redriven: RedrivenFlow | null = null,
): Promise<RunningFlow> {
  if (flow.source.kind === 'snapshot') return startSnapshot(table, flow, flow.source, parts);
  const { plan, log, clock, logger, metrics, progress, settings, decisions } = parts;
  await ensurePipelineTopics(plan, log);
  const group = groupOf(plan, flow.name);
  const input = redriven?.topic ?? inputTopicOf(plan, flow);
  if (flow.once && (await hasEnded(log, group, input))) return finishedFlow();
  await decisions.load();
  const tables = await joinedTables(flow, parts);
  const reader = await readerOf(table, flow, parts, redriven);
  // Records of the changelog have the same flow in their names, whoever writes them: its writers know each other by K1.
  const { openState, appender, ...keyed } = await keyedParts(table, redriven?.original ?? flow, parts);
  const decided = decidedBy(decisions);
  const topic = table.changelogTopic;
  const handler = new StreamingFlow({ ...table, topic }, flow, {
    reader,
    openTask: async (at, position) => {
      const opened = await openState({ topic, partition: at.partition }, position.restoreFrom);
      return new KeyedTask(
        table,
        flow,
        { ...keyed, ...opened, reader, tables, ...decided, ...redrivenParts(redriven) },
        at,
        position,
      );
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

import type { FlowPlan } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { Appender } from '../ports/index.ts';
import type { RedrivenFlow } from '../redrive/redriven-flow.ts';
import { StreamingFlow, type StreamingFlowParts } from '../streaming/streaming-flow.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics, inputTopicOf } from '../topics.ts';
import type { HopParts } from '../tracing/hops.ts';
import { traced } from '../tracing/traced-task.ts';
import { hasEnded } from './ending.ts';
import { running, subscribeTo } from './running.ts';

/** The group that a streaming flow reads with, and its topic. */
export type FlowInput = { readonly group: string; readonly topic: string };

/** Makes the pipeline's topics; null when the flow is to run once and has. */
export async function inputOf(
  flow: FlowPlan,
  { plan, log }: FlowParts,
  redriven: RedrivenFlow | null,
): Promise<FlowInput | null> {
  await ensurePipelineTopics(plan, log);
  const group = groupOf(plan, flow.name);
  const topic = redriven?.topic ?? inputTopicOf(plan, flow);
  return flow.once && (await hasEnded(log, group, topic)) ? null : { group, topic };
}

/** Runs a streaming flow over its input; stopping it closes its appender. */
export function runStreaming(
  target: ConstructorParameters<typeof StreamingFlow>[0],
  flow: FlowPlan,
  { group, topic }: FlowInput,
  { plan, log, clock, logger, metrics, progress, settings, timer, tracer }: FlowParts,
  own: Pick<StreamingFlowParts, 'reader' | 'openTask' | 'order' | 'passLost'> & { readonly appender: Appender },
): Promise<RunningFlow> {
  const handler = new StreamingFlow(target, flow, {
    ...own,
    openTask:
      tracer === undefined
        ? own.openTask
        : traced(own.openTask, {
            tracer,
            pipeline: plan.name,
            table: target.name,
            flow: flow.name,
            group,
            ...contextBy(flow, topic === inputTopicOf(plan, flow)),
          }),
    group,
    clock,
    logger,
    metrics: metrics.flow({ pipeline: plan.name, table: flow.name }),
    progress: progress(flow.name),
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  const options = {
    ...subscribeTo(group, [topic], { settings, timer }),
    ...(flow.once ? { until: 'once' as const } : {}),
  };
  return running(log, options, handler, () => own.appender.close());
}

/** Where records begin their way, some of those that nobody follows are followed; not where they are sent again. */
const contextBy = ({ source }: FlowPlan, isOwn: boolean): Pick<HopParts, 'context' | 'begins'> => ({
  context: isOwn ? 'goes on' : 'again',
  begins: isOwn && source.kind === 'topic',
});

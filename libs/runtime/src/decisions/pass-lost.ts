import type { FlowMetrics, Log } from '@medallion/core';
import type { Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import type { FlowDecisions } from './flow-decisions.ts';

/** Where a flow goes on that expects an offset: there, or behind records that are gone and that a person had it pass over. */
export type PassLost = (at: TopicPartition, expected: Offset) => Promise<Offset>;

/**
 * Passes over what a person said may be lost, and nothing else (F13): exactly the ranges that were named, as retention may go
 * on after the decision, and only while they are gone, as somebody may have restored them.
 */
export function passLost(
  flow: string,
  decisions: Pick<FlowDecisions, 'lost' | 'isNews'>,
  {
    log,
    logger,
    metrics,
  }: { readonly log: Pick<RecordLog, 'partitions'>; readonly logger: Log; readonly metrics: FlowMetrics },
): PassLost {
  return async (at, expected) => {
    let next = expected;
    for (let lost = decisions.lost(at, next); lost !== null; lost = decisions.lost(at, next)) {
      const low = (await log.partitions(at.topic))?.find(({ partition }) => partition === at.partition)?.low ?? 0;
      if (lost.to > low) break;
      if (decisions.isNews(at, next)) {
        const range = { topic: at.topic, partition: at.partition, from: next, to: lost.to };
        logger.warn({ code: 'MED_LOG_GAP', flow, ...range, decided: lost.who }, 'lost records are passed over');
        metrics.lost(lost.to - next);
      }
      next = lost.to;
    }
    return next;
  };
}

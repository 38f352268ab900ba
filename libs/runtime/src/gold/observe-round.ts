import type { FlowMetrics, Instant } from '@medallion/core';
import { lagSeconds, latencies } from '../observe.ts';
import type { Round } from '../ports/index.ts';
import { type HeldPartition, keyOf } from './partition.ts';

/** The live view of a round that was taken in: how far its partitions are, and how long that took, in milliseconds. */
export function observeRound(
  round: Round,
  partitions: ReadonlyMap<string, HeldPartition>,
  metricsOf: (topic: string) => FlowMetrics,
  { tookMs, now }: { readonly tookMs: number; readonly now: Instant },
): void {
  for (const batch of round) {
    const { topic, partition, records, highWatermark } = batch;
    const after = partitions.get(keyOf(batch));
    if (after === undefined) continue;
    const metrics = metricsOf(topic);
    metrics.recordsIn(records.length);
    metrics.watermark(topic, partition, after.watermark);
    metrics.lag(topic, partition, Math.max(0, highWatermark - after.next), lagSeconds(batch, now));
    metrics.latencySeconds(latencies(records, now));
  }
  const [first] = round;
  if (first !== undefined) metricsOf(first.topic).batchSeconds(tookMs / 1000);
}

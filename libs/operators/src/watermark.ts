import { type DurationMs, type Instant, NEVER } from '@medallion/core';

/** The watermark after a row was accepted: the greatest event time less the delay; it never goes back (W2). */
export function watermarkAfter(before: Instant, eventTime: Instant, delayMs: DurationMs): Instant {
  const reached = (eventTime - delayMs) as Instant;
  return reached > before ? reached : before;
}

/** Whether an event claims to be further ahead of its own ingestion than clocks may differ (W4). */
export const isFuture = (eventTime: Instant, ingestedAt: Instant, maxFutureSkewMs: DurationMs): boolean =>
  eventTime - ingestedAt > maxFutureSkewMs;

/** What one partition says about the progress of its table. */
export type PartitionProgress = { readonly watermark: Instant; readonly idle: boolean };

/**
 * The watermark of a table (W5): the least over its partitions that are not idle. When all are idle nothing can hold
 * any back, so it is the greatest. NEVER without partitions. Callers keep the greatest that they have seen.
 */
export function tableWatermark(partitions: readonly PartitionProgress[]): Instant {
  const active = partitions.filter((partition) => !partition.idle);
  const watermarks = (active.length > 0 ? active : partitions).map((partition) => partition.watermark);
  if (watermarks.length === 0) return NEVER;
  return (active.length > 0 ? Math.min(...watermarks) : Math.max(...watermarks)) as Instant;
}

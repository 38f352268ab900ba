import type { LogRecord, PartitionBatch } from './ports/index.ts';

/** Seconds from each record's own timestamp until now. */
export function latencies(records: readonly LogRecord[], nowMs: number): Float64Array {
  const seconds = new Float64Array(records.length);
  for (let i = 0; i < records.length; i++) seconds[i] = Math.max(0, nowMs - records[i]!.timestampMs) / 1000;
  return seconds;
}

/** How far the last record of a batch is behind the clock, in seconds; 0 when the partition's end was reached. */
export function lagSeconds(batch: PartitionBatch, nowMs: number): number {
  const last = batch.records[batch.records.length - 1];
  if (last === undefined || last.offset + 1 >= batch.highWatermark) return 0;
  return Math.max(0, nowMs - last.timestampMs) / 1000;
}

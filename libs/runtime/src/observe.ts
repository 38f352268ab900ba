import type { LogRecord, PartitionBatch } from './ports/index.ts';

/** At most this many records of a batch are measured for a histogram. */
const SAMPLES = 16;

/** Seconds from the records' own timestamps until now, of a few records spread evenly over the batch. */
export function sampleLatencies(records: readonly LogRecord[], nowMs: number): readonly number[] {
  const step = Math.max(1, Math.floor(records.length / SAMPLES));
  const samples: number[] = [];
  for (let i = 0; i < records.length; i += step) samples.push(Math.max(0, nowMs - records[i]!.timestampMs) / 1000);
  return samples;
}

/** How far the last record of a batch is behind the clock, in seconds; 0 when the partition's end was reached. */
export function lagSeconds(batch: PartitionBatch, nowMs: number): number {
  const last = batch.records[batch.records.length - 1];
  if (last === undefined || last.offset + 1 >= batch.highWatermark) return 0;
  return Math.max(0, nowMs - last.timestampMs) / 1000;
}

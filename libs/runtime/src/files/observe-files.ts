import type { FlowMetrics, MedallionError } from '@medallion/core';
import { expectationsIn, type FlowPlan } from '@medallion/pipeline';
import type { BatchResult, TableTask } from '../streaming/table-task.ts';
import type { FileEntry } from './file-log.ts';
import type { FilePartition } from './file-partition.ts';
import type { FilePosition } from './virtual-offset.ts';

/** What a chunk of a file became. */
export type Outcome<O> = {
  readonly open: O;
  readonly entry: FileEntry;
  readonly result: BatchResult;
  /** What stops the flow, behind the rows of `result`. */
  readonly failure: MedallionError | null;
  readonly after: FilePosition;
};

type Observed = { readonly partition: FilePartition; readonly task: TableTask };

/** Counts a round. Lag is in files that wait, and in seconds since the next of them was written. */
export function observeFiles(
  flow: FlowPlan,
  metrics: FlowMetrics,
  outcomes: readonly Outcome<Observed>[],
  tookMs: number,
  nowMs: number,
): void {
  const rules = expectationsIn(flow);
  for (const { open, result, entry } of outcomes) {
    const { tally, rows } = result;
    const { topic, partition } = open.partition.at;
    metrics.recordsIn(tally.records);
    metrics.recordsOut(rows.length);
    for (const [outcome, n] of tally.refused)
      if (outcome === 'dropped') metrics.dropped(n);
      else metrics.quarantined(outcome, n);
    for (const { name } of rules) {
      const failed = tally.failed.get(name) ?? 0;
      if (failed > 0) metrics.expectation(name, 'failed', failed);
      if (tally.judged > failed) metrics.expectation(name, 'passed', tally.judged - failed);
    }
    metrics.watermark(topic, partition, open.task.position().watermark);
    const { pending } = open.partition;
    const waitedMs = pending.length === 0 ? 0 : nowMs - pending[0]!.modifiedAt;
    metrics.lag(topic, partition, pending.length, Math.max(0, waitedMs) / 1000);
    // Until the file was found to be whole is a part of it.
    if (tally.records > 0) metrics.latencySeconds([Math.max(0, nowMs - entry.modifiedAt) / 1000]);
  }
  metrics.batchSeconds(tookMs / 1000);
}

import type { DurationMs, Instant } from '@medallion/core';
import type { PipelinePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { RecordLog } from '../ports/index.ts';
import { streamingTables } from './gold-input.ts';

/** When a partition counts as idle (W5): its end was reached, and nothing came since for the timeout. */
export const isSilent = (lastRecordAt: Instant, now: Instant, timeoutMs: DurationMs): boolean =>
  now - lastRecordAt >= timeoutMs;

/** The flows through which a table's rows come, nearest first: each reads `input` as `group`. */
export function upstream(plan: PipelinePlan, table: StreamingTablePlan): readonly { group: string; input: string }[] {
  const byName = new Map(streamingTables(plan).map((each) => [each.name, each]));
  const flows: { group: string; input: string }[] = [];
  for (let at: StreamingTablePlan | undefined = table; at !== undefined; ) {
    const group = groupOf(plan, at.name);
    if (at.source.kind === 'topic') {
      flows.push({ group, input: at.source.topic });
      at = undefined;
    } else {
      const source: StreamingTablePlan = byName.get(at.source.table)!;
      flows.push({ group, input: source.topic });
      at = source;
    }
  }
  return flows;
}

/** The consumer group of a table's flow, or of the gold layer. */
export const groupOf = (plan: PipelinePlan, flow: string): string => `${plan.name}.${flow}`;

/**
 * The partitions whose whole way from the source is caught up. Silence alone does not make a partition idle: while a
 * flow before it is down, rows are still to come, and closing windows without them would make honest rows late.
 */
export async function caughtUpPartitions(
  log: RecordLog,
  flows: readonly { group: string; input: string }[],
): Promise<ReadonlySet<number>> {
  const each = await Promise.all(
    flows.map(async ({ group, input }) => {
      const [ranges, committed] = await Promise.all([log.partitions(input), log.committed(group, input)]);
      const reached = (ranges ?? []).filter(
        ({ partition, low, high }) => high === low || (committed.get(partition)?.offset ?? 0) >= high,
      );
      return new Set(reached.map(({ partition }) => partition));
    }),
  );
  return each.reduce((all, here) => all.intersection(here));
}

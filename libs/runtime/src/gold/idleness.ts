import type { DurationMs } from '@medallion/core';
import { type PipelinePlan, type StreamingTablePlan, streamingTables } from '@medallion/pipeline';
import type { Checkpoint, RecordLog, TableStore } from '../ports/index.ts';
import { endIn } from '../protocol/checkpoint.ts';
import { inputTopicOf } from '../topics.ts';
import type { HeldPartition } from './partition.ts';

/** When a partition counts as idle (W5): its end was reached, and nothing came since for the timeout. */
export const isSilent = (lastRecordMs: number, nowMs: number, timeoutMs: DurationMs): boolean =>
  nowMs - lastRecordMs >= timeoutMs;

/** A flow through which rows come: it reads `input` as `group`. `spreads`: each of its partitions into any of the table's. */
export type UpstreamFlow = { readonly group: string; readonly input: string; readonly spreads: boolean };

/** The flows through which a table's rows come, nearest first. */
export function upstream(plan: PipelinePlan, table: StreamingTablePlan): readonly UpstreamFlow[] {
  return table.flows.flatMap((flow) => {
    const { source } = flow;
    const spreads = source.kind === 'files';
    const here = { group: groupOf(plan, flow.name), input: inputTopicOf(plan, flow), spreads };
    if (source.kind !== 'table') return [here];
    return [here, ...upstream(plan, streamingTables(plan).find(({ name }) => name === source.table)!)];
  });
}

/** The consumer group of a table's flow, or of the gold layer. */
export const groupOf = (plan: PipelinePlan, flow: string): string => `${plan.name}.${flow}`;

/** A flow that runs once brings nothing more than what its input had when it began. */
const endOf = (checkpoint: Checkpoint | undefined, high: number): number => endIn(checkpoint) ?? high;

/**
 * Those of a table's partitions whose whole way from the source is caught up. Silence alone does not make a partition idle: while a
 * flow before it is down, rows are still to come, and closing windows without them would make honest rows late.
 */
export async function caughtUpPartitions(
  log: Pick<RecordLog, 'partitions' | 'committed'>,
  flows: readonly UpstreamFlow[],
  partitions: readonly number[],
): Promise<ReadonlySet<number>> {
  let caughtUp: ReadonlySet<number> = new Set(partitions);
  // From the source on, so that what one flow passes on while it is looked at the next one is seen to have still to do; and what
  // is read before what there is, so that what comes in between is not taken for read.
  for (const { group, input, spreads } of flows.toReversed()) {
    const committed = await log.committed(group, input);
    const ranges = (await log.partitions(input)) ?? [];
    const reached = ranges.filter(
      ({ partition, low, high }) =>
        high === low || (committed.get(partition)?.offset ?? 0) >= endOf(committed.get(partition), high),
    );
    if (!spreads) caughtUp = caughtUp.intersection(new Set(reached.map(({ partition }) => partition)));
    else if (reached.length < ranges.length) return new Set();
  }
  return caughtUp;
}

/** Those of a table's partitions that are read to their ends, and whose whole way from the source is caught up (W5). */
export async function allIsIn(
  plan: PipelinePlan,
  table: StreamingTablePlan,
  partitions: readonly HeldPartition[],
  log: RecordLog,
): Promise<readonly HeldPartition[]> {
  if (partitions.length === 0) return [];
  const numbers = partitions.map(({ partition }) => partition);
  const caughtUp = await caughtUpPartitions(log, upstream(plan, table), numbers);
  const ranges = new Map((await log.partitions(table.topic))?.map((range) => [range.partition, range]));
  return partitions.filter(({ partition, next }) => {
    const range = ranges.get(partition);
    return range !== undefined && caughtUp.has(partition) && (range.high === range.low || next >= range.high);
  });
}

/**
 * Whether everything that came to the sources of a table is in the tables of the gold layer: on its whole way, by whatever
 * instances. Only then is silence that of the world outside (W6).
 */
export async function everythingIsIn(
  plan: PipelinePlan,
  table: StreamingTablePlan,
  log: RecordLog,
  store: Pick<TableStore, 'positions'>,
): Promise<boolean> {
  const numbers = ((await log.partitions(table.topic)) ?? []).map(({ partition }) => partition);
  const caughtUp = await caughtUpPartitions(log, upstream(plan, table), numbers);
  const [ranges, positions] = [await log.partitions(table.topic), await store.positions(table.topic)];
  return (ranges ?? []).every(
    ({ partition, low, high }) => caughtUp.has(partition) && (high === low || (positions.get(partition) ?? 0) >= high),
  );
}

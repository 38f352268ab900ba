import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import type { Offset, TopicPartition } from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';
import type { MemoryDatabase } from '../store/memory-database.ts';
import { goldTopics, inputOf } from './caught-up.ts';
import type { SimCluster } from './sim-cluster.ts';

/**
 * The offset below which nobody needs a partition any more: its readers have checkpointed behind it, gold has it, and no
 * flow rebuilds its state from it. Retention that is long enough removes nothing else.
 */
export function unneeded(
  plan: PipelinePlan,
  cluster: SimCluster,
  database: MemoryDatabase,
  at: TopicPartition,
): Offset {
  const place = placeKey(at);
  const needed: Offset[] = [];
  if (goldTopics(plan).includes(at.topic))
    needed.push(database.leases.find((lease) => placeKey(lease) === place)?.next ?? 0);
  for (const table of plan.tables)
    for (const flow of flowsOf(table)) {
      const input = inputOf(plan, flow);
      const { checkpoints } = cluster.group(`${plan.name}.${flow.name}`);
      if (input === at.topic) needed.push(checkpoints.get(place)?.offset ?? 0);
    }
  return Math.min(...needed, stateFrom(plan, cluster, at));
}

/** From where the flows that write a partition rebuild their state; infinite where none does. */
export function stateFrom(plan: PipelinePlan, cluster: SimCluster, at: TopicPartition): Offset {
  const writers = plan.tables.filter((table) => table.kind === 'streaming_table' && table.topic === at.topic);
  const from = writers.flatMap(flowsOf).map((flow) => {
    // Whoever reads files reads nothing of its own, and its partitions are others.
    if (flow.source.kind === 'files') return Number.POSITIVE_INFINITY;
    const { checkpoints } = cluster.group(`${plan.name}.${flow.name}`);
    return restoredFrom(checkpoints.get(placeKey({ ...at, topic: inputOf(plan, flow) }))?.metadata);
  });
  return Math.min(Number.POSITIVE_INFINITY, ...from);
}

/** Whether gold has a lease of the partition, where it reads it, and every flow that reads it a checkpoint. */
export function isKnown(
  plan: PipelinePlan,
  cluster: SimCluster,
  database: MemoryDatabase,
  at: TopicPartition,
): boolean {
  const place = placeKey(at);
  const readers = plan.tables.flatMap(flowsOf).filter((flow) => inputOf(plan, flow) === at.topic);
  const next = database.leases.find((lease) => placeKey(lease) === place)?.next ?? 0;
  return (
    (!goldTopics(plan).includes(at.topic) || next > 0) &&
    readers.every(({ name }) => cluster.group(`${plan.name}.${name}`).checkpoints.has(place))
  );
}

/**
 * Whether a checkpoint is behind what retention has left: a member that was taken for dead has come back, and stored where it
 * was. Retention waits for days, no process does; here it comes at once, so whoever reads on from there is right to stop.
 */
export const isSetBack = (plan: PipelinePlan, cluster: SimCluster): boolean =>
  plan.tables.flatMap(flowsOf).some((flow) => {
    const { checkpoints } = cluster.group(`${plan.name}.${flow.name}`);
    const topic = inputOf(plan, flow);
    return (cluster.ranges(topic) ?? []).some(
      ({ partition, low }) => (checkpoints.get(placeKey({ topic, partition }))?.offset ?? low) < low,
    );
  });

/** From where a checkpoint has its flow's own output read again. */
function restoredFrom(metadata: string | undefined): Offset {
  if (metadata === undefined) return 0;
  const { r = Number.POSITIVE_INFINITY, o = [r] } = JSON.parse(metadata) as { r?: Offset; o?: readonly Offset[] };
  return Math.min(r, ...o);
}

import { type FlowPlan, flowsOf, type PipelinePlan } from '@medallion/pipeline';
import { placeKey } from '../log/memory-group.ts';
import type { MemoryDatabase } from '../store/memory-database.ts';
import type { SimCluster } from './sim-cluster.ts';

/**
 * What is still to be done: flows whose checkpoints are behind the ends of their inputs, and leases that are behind theirs.
 * None when all that came is processed, and known to be.
 */
export function behind(plan: PipelinePlan, cluster: SimCluster, database: MemoryDatabase): readonly string[] {
  const lines: string[] = [];
  for (const flow of plan.tables.flatMap(flowsOf)) {
    const input = inputOf(plan, flow);
    const { checkpoints } = cluster.group(`${plan.name}.${flow.name}`);
    for (const { partition, high } of cluster.ranges(input) ?? []) {
      const offset = checkpoints.get(placeKey({ topic: input, partition }))?.offset ?? 0;
      if (offset < high) lines.push(`${flow.name} is at ${offset} of ${high} in ${input}[${partition}]`);
    }
    if (cluster.ranges(input) === null) lines.push(`${input} is not there`);
  }
  const next = new Map(database.leases.map((lease) => [placeKey(lease), lease.next]));
  for (const topic of goldTopics(plan))
    for (const { partition, high } of cluster.ranges(topic) ?? []) {
      const offset = next.get(placeKey({ topic, partition })) ?? 0;
      if (offset < high) lines.push(`gold is at ${offset} of ${high} in ${topic}[${partition}]`);
    }
  return lines;
}

/** The topic that a flow reads. */
export function inputOf(plan: PipelinePlan, { source }: FlowPlan): string {
  if (source.kind === 'topic') return source.topic;
  if (source.kind !== 'table') return source.filesTopic;
  const table = plan.tables.find(({ name }) => name === source.table);
  if (table?.kind === 'streaming_table') return table.topic;
  if (table?.kind === 'keyed_table') return table.changelogTopic;
  throw new Error(`there is no topic of ${source.table}`);
}

/** The topics that the gold layer reads. */
export const goldTopics = (plan: PipelinePlan): readonly string[] =>
  plan.tables.flatMap((table) => {
    if (table.kind === 'streaming_table') return [table.topic, table.quarantineTopic];
    return table.kind === 'keyed_table' ? [table.changelogTopic, table.quarantineTopic] : [];
  });

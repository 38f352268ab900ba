import type { FlowPlan, PipelinePlan } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import type { Offset, PartitionRange, RecordLog, TopicPartition } from '../ports/index.ts';
import { endIn } from '../protocol/checkpoint.ts';
import { inputTopicOf } from '../topics.ts';

/** Where a reader of a partition is, and where the partition ends. */
export type Reading = TopicPartition &
  PartitionRange & {
    /** The first offset that it has not read, as far as it has said; null where it has said nothing yet. */
    readonly next: Offset | null;
    /** Changes with what is read, also while `next` stays at a file in hand. */
    readonly mark: string;
  };

/** Records of a partition that wait for its reader; those that retention has deleted wait no more. */
export const unread = ({ low, high, next }: Pick<Reading, 'low' | 'high' | 'next'>): number =>
  Math.max(0, high - Math.max(low, next ?? 0));

/** Records that wait in these partitions. */
export const unreadIn = (readings: readonly Reading[]): number =>
  readings.reduce((sum, reading) => sum + unread(reading), 0);

/**
 * Where a flow is in each partition of what it reads, by its group's checkpoints; null where there is no such topic. A flow
 * that runs once has nothing to read beyond the end that it remembers.
 *
 * @param topic what it reads, where that is not the input that it declares: a flow beside a declared one
 */
export async function readingsOfFlow(
  log: Pick<RecordLog, 'partitions' | 'committed'>,
  plan: PipelinePlan,
  flow: FlowPlan,
  topic: string = inputTopicOf(plan, flow),
): Promise<readonly Reading[] | null> {
  const ranges = await log.partitions(topic);
  if (ranges === null) return null;
  const committed = await log.committed(groupOf(plan, flow.name), topic);
  return ranges.map(({ partition, low, high }) => {
    const checkpoint = committed.get(partition);
    const end = flow.once ? Math.min(high, endIn(checkpoint) ?? high) : high;
    return { topic, partition, low, high: end, next: checkpoint?.offset ?? null, mark: checkpoint?.metadata ?? '' };
  });
}

/**
 * Where the gold service is in each partition of a topic, by its leases; null where there is no such topic.
 *
 * @param next the next offset of each partition that has a lease
 */
export async function readingsOfLeases(
  log: Pick<RecordLog, 'partitions'>,
  topic: string,
  next: ReadonlyMap<number, Offset>,
): Promise<readonly Reading[] | null> {
  const ranges = await log.partitions(topic);
  return ranges?.map((range) => ({ topic, ...range, next: next.get(range.partition) ?? null, mark: '' })) ?? null;
}

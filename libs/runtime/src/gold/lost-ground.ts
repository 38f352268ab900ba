import type { TableStore, TopicPartition } from '../ports/index.ts';
import type { HeldPartition } from './partition.ts';

/**
 * The held partitions whose stored leases are behind what this instance has committed: the store went back, as a database
 * does that fails over to one that lacks the last commits. The next commit of such a partition is fenced and all is well, but
 * where nothing more comes there is none, and what was lost would stay lost.
 */
export async function lostGround(
  held: Iterable<HeldPartition>,
  store: Pick<TableStore, 'positions'>,
): Promise<readonly TopicPartition[]> {
  const lost: TopicPartition[] = [];
  for (const [topic, partitions] of Map.groupBy(held, (each) => each.topic)) {
    const stored = await store.positions(topic);
    for (const { partition, next } of partitions)
      if ((stored.get(partition) ?? 0) < next) lost.push({ topic, partition });
  }
  return lost;
}

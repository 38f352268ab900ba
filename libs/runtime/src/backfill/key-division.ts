import type { RecordLog } from '../ports/index.ts';
import { partitionOfKey } from '../protocol/key-partition.ts';

/** Records of each partition that are looked at. */
const SAMPLE = 200;

/**
 * Whether the keys of a topic are in the partitions that Kafka's own clients give them; null when no record has a key. A key
 * in two partitions would be two rows of a keyed table, and no repetition of itself.
 */
export async function dividesAsClientsDo(log: RecordLog, topic: string): Promise<boolean | null> {
  const ranges = (await log.partitions(topic)) ?? [];
  let known: boolean | null = null;
  for (const { partition, low, high } of ranges) {
    if (high === low) continue;
    for await (const records of log.read({ topic, partition }, Math.max(low, high - SAMPLE))) {
      for (const { key } of records) {
        if (key === null) continue;
        if (partitionOfKey(key, ranges.length) !== partition) return false;
        known = true;
      }
      break;
    }
  }
  return known;
}

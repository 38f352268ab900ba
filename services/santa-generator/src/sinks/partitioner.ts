import { partitionOfKey } from '@medallion/runtime';

/** The partition that Kafka's default partitioner gives a key; records without a key take turns. */
export function createPartitioner(partitions: number): (key: Uint8Array | null) => number {
  let turn = 0;
  return (key) => (key === null ? turn++ % partitions : partitionOfKey(key, partitions));
}

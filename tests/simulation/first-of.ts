import { coordinateOf } from '@medallion/runtime';
import type { SimCluster } from '@medallion/testkit';

/** Place of a source record (`partition:offset`) → offset of the first record that was made of it. */
export type FirstOf = ReadonlyMap<string, number>;

/** What a topic's readers take of it: the first record of each coordinate, from all that was ever appended. */
export function firstOf(cluster: SimCluster, topic: string): FirstOf {
  const found = new Map<string, number>();
  for (const { archive } of cluster.topic(topic) ?? [])
    for (const record of archive) {
      const src = coordinateOf(record);
      if (src === null) continue;
      const place = `${src.partition}:${src.offset}`;
      if (!found.has(place)) found.set(place, record.offset);
    }
  return found;
}

import { coordinateOf } from '@medallion/runtime';
import type { SimCluster } from '@medallion/testkit';

/** A record that counts: where it is, and the place (`partition:offset`) of the record that it was made of. */
export type Placed = { readonly partition: number; readonly offset: number; readonly from: string };

/** A name for a place. */
export const placeAt = ({ partition, offset }: { readonly partition: number; readonly offset: number }): string =>
  `${partition}:${offset}`;

/** What a topic's readers take of it: the first record of each coordinate, from all that was ever appended. */
export function placedIn(cluster: SimCluster, topic: string): readonly Placed[] {
  const found = new Map<string, Placed>();
  for (const [partition, { archive }] of (cluster.topic(topic) ?? []).entries())
    for (const record of archive) {
      const src = coordinateOf(record);
      if (src === null) continue;
      const from = placeAt(src);
      if (!found.has(from)) found.set(from, { partition, offset: record.offset, from });
    }
  return [...found.values()];
}

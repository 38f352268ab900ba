import type { SimCluster } from '@medallion/testkit';
import { placedIn } from './placed.ts';

/** Place of a source record (`partition:offset`) → offset of the first record that was made of it. */
export type FirstOf = ReadonlyMap<string, number>;

/** What a topic's readers take of it: the first record of each coordinate, from all that was ever appended. */
export const firstOf = (cluster: SimCluster, topic: string): FirstOf =>
  new Map(placedIn(cluster, topic).map(({ from, offset }) => [from, offset]));

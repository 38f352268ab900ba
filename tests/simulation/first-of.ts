import type { SimCluster } from '@medallion/testkit';
import { type Placed, placedIn } from './placed.ts';

/** Place of a source record (`partition:offset`) → offset of the first record that was made of it. */
export type FirstOf = ReadonlyMap<string, number>;

/** Of records that count. */
export const firsts = (made: readonly Placed[]): FirstOf => new Map(made.map(({ from, offset }) => [from, offset]));

/** What a topic's readers take of it: the first record of each coordinate, from all that was ever appended. */
export const firstOf = (cluster: SimCluster, topic: string): FirstOf => firsts(placedIn(cluster, topic));

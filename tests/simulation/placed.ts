import { coordinateOf } from '@medallion/runtime';
import type { SimCluster } from '@medallion/testkit';

/** A record that counts: where it is, and the flow and place (`partition:offset`) of the record that it was made of. */
export type Placed = {
  readonly partition: number;
  readonly offset: number;
  readonly from: string;
  readonly flow: string;
};

/** A name for a place. */
export const placeAt = ({ partition, offset }: { readonly partition: number; readonly offset: number }): string =>
  `${partition}:${offset}`;

/**
 * What a topic's readers take of it, from all that was ever appended: the first record of each coordinate, but none of a term
 * when a later one began before it (P10).
 */
export function placedIn(cluster: SimCluster, topic: string): readonly Placed[] {
  const found = new Map<string, Placed>();
  for (const [partition, { archive }] of (cluster.topic(topic) ?? []).entries()) {
    const isOver = termsOf();
    for (const record of archive) {
      const src = coordinateOf(record);
      if (src === null || isOver(src) || isFence(src)) continue;
      const from = placeAt(src);
      const name = `${src.flow} ${from}`;
      if (!found.has(name)) found.set(name, { partition, offset: record.offset, from, flow: src.flow });
    }
  }
  return [...found.values()];
}

type Coordinate = NonNullable<ReturnType<typeof coordinateOf>>;

const isFence = ({ offset }: Coordinate): boolean => offset < 0;

/** Told of the records of a partition in their order: whether a later term of its source had begun before one. */
function termsOf(): (src: Coordinate) => boolean {
  const greatest = new Map<string, number>();
  return ({ flow, partition, term = 0 }) => {
    const source = `${flow} ${partition}`;
    const begun = greatest.get(source) ?? 0;
    greatest.set(source, Math.max(begun, term));
    return term < begun;
  };
}

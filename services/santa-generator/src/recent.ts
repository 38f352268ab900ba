import type { Random } from './random.ts';

/** The latest so many items, to pick from. */
export interface Recent<T> {
  add(item: T): void;
  /** One of the items that `fits`, the youngest likeliest; undefined where not even the youngest does. */
  pick(random: Random, fits: (item: T) => boolean): T | undefined;
}

/** A ring of `capacity` items. */
export function createRecent<T>(capacity: number): Recent<T> {
  const ring: T[] = [];
  let added = 0;
  const ago = (n: number): T | undefined => ring[(added - 1 - n + capacity) % capacity];
  return {
    add(item) {
      ring[added % capacity] = item;
      added++;
    },
    pick(random, fits) {
      const draw = random.uniform();
      const chosen = ago(Math.floor(draw * draw * Math.min(added, capacity)));
      if (chosen !== undefined && fits(chosen)) return chosen;
      const youngest = ago(0);
      return youngest !== undefined && fits(youngest) ? youngest : undefined;
    },
  };
}

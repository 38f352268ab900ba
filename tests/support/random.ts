import { randomInt } from 'node:crypto';
import { seeded } from '@medallion/testkit';

/** A seeded source of random numbers, for tests that print their seed. */
export type Random = {
  readonly seed: number;
  /** A number from `low` up to, not with, `high`. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
};

/** The same seed gives the same numbers. */
export function createRandom(seed: number): Random {
  const next = seeded(seed);
  return {
    seed,
    between: (low, high) => low + next() * (high - low),
    pick: (items) => items[Math.floor(next() * items.length)]!,
  };
}

/** The number in an environment variable, to repeat a run, or a fresh one. */
export const seedFrom = (text: string | undefined): number => (text ? Number(text) : randomInt(1, 2 ** 31));

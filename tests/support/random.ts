import { randomInt } from 'node:crypto';

/** A seeded source of random numbers, small enough to be read: mulberry32. */
export type Random = {
  readonly seed: number;
  /** A number from `low` up to, not with, `high`. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
};

/** The same seed gives the same numbers. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    seed,
    between: (low, high) => low + next() * (high - low),
    pick: (items) => items[Math.floor(next() * items.length)]!,
  };
}

/** The number in an environment variable, to repeat a run, or a fresh one. */
export const seedFrom = (text: string | undefined): number => (text ? Number(text) : randomInt(1, 2 ** 31));

import { seeded } from '../seeded.ts';

/** Draws numbers; the same seed and name give the same ones. */
export type Chance = {
  /** From 0 up to, not with, 1. */
  next(): number;
  /** From `low` up to, not with, `high`. */
  between(low: number, high: number): number;
  /** A whole number from `low` up to and with `high`. */
  whole(low: number, high: number): number;
  /** True with that probability. */
  happens(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
};

/** FNV-1a over the name, mixed with the seed: streams of one seed have nothing to do with one another. */
function mixed(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}

/**
 * A stream of random numbers of its own for each name: what one part of a world draws does not change what another one
 * gets, so that leaving a fault out changes little else.
 *
 * @example const chance = chanceOf(42, 'latencies')
 */
export function chanceOf(seed: number, name: string): Chance {
  const next = seeded(mixed(seed, name));
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    happens: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
  };
}

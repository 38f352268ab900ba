import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded source of randomness: the same seed gives the same draws on every machine. */
export type Random = {
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
  /** A whole number, uniform in [low, high]. */
  readonly whole: (low: number, high: number) => number;
  /** True with probability `p`. */
  readonly chance: (p: number) => boolean;
  /** One of `items`, each as likely as the others. */
  readonly pick: <T>(items: readonly T[]) => T;
};

/** Small seeds leave most of the state zero; a few draws spread them. */
const WARM_UP_DRAWS = 32;

/** Makes a {@link Random} from a seed, of which the lowest 32 bits count. */
export function createRandom(seed: number): Random {
  const source = xoroshiro128plus(seed | 0);
  for (let i = 0; i < WARM_UP_DRAWS; i++) source.next();
  const uniform = (): number => (source.next() >>> 0) / 2 ** 32;
  return {
    uniform,
    whole: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    chance: (p) => uniform() < p,
    pick: (items) => items[Math.floor(uniform() * items.length)]!,
  };
}

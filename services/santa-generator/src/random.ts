import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const TWO_POW_32 = 4_294_967_296;
/** Small seeds leave most of the state zero; a few draws spread them. */
const WARM_UP_DRAWS = 32;

/** A seeded source of randomness: the same seed gives the same draws on every machine. */
export interface Random {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number, uniform in [0, bound); `bound` ≤ 2^32. */
  below(bound: number): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** One of `items`, each as likely as the others. */
  pick<T>(items: readonly T[]): T;
  /** An index of `cumulative`, a rising list of weights summed up; each as likely as its weight. */
  weighted(cumulative: ArrayLike<number>): number;
  /** Another source, independent of what is drawn from this one later. */
  fork(): Random;
}

/** Makes a {@link Random} from a seed, of which the lowest 32 bits count. */
export function createRandom(seed: number): Random {
  const source = xoroshiro128plus(seed | 0);
  for (let i = 0; i < WARM_UP_DRAWS; i++) source.next();
  const uniform = (): number => (source.next() >>> 0) / TWO_POW_32;
  return {
    uniform,
    between: (low, high) => low + uniform() * (high - low),
    below: (bound) => Math.floor(uniform() * bound),
    chance: (p) => uniform() < p,
    pick: (items) => items[Math.floor(uniform() * items.length)]!,
    weighted(cumulative) {
      const last = cumulative.length - 1;
      const at = uniform() * cumulative[last]!;
      let index = 0;
      while (index < last && at >= cumulative[index]!) index++;
      return index;
    },
    fork: () => createRandom(source.next()),
  };
}

/** Sums weights up for {@link Random.weighted}. */
export function cumulate(weights: readonly number[]): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (const [index, weight] of weights.entries()) {
    sum += weight;
    sums[index] = sum;
  }
  return sums;
}

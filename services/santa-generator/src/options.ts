import { type DurationMs, type Instant, MedallionError, milliseconds, minutes, seconds } from '@medallion/core';
import { isFaultKind, type Rates } from './kinds.ts';
import { PRESETS, type Quality } from './presets.ts';

/** What a generator is made from; everything but `start` has a default. */
export type GeneratorOptions = {
  /** The same seed and options give the same stream. A whole number, of which the lowest 32 bits count. Default 1. */
  readonly seed?: number;
  /** Event time at which the stream starts. */
  readonly start: Instant;
  /** Records per second of the clock. Default 10, that is 600 a minute, in bursts of 50 every 5 s. */
  readonly ratePerSecond?: number;
  /** Records are emitted in bursts so far apart; 0 for one by one. Default 5 s at the default rate, else 0. */
  readonly burst?: DurationMs;
  /** Seconds of event time per second of the clock. Default 1. */
  readonly speed?: number;
  /** How many records in all, of whatever kind. Default: endless. */
  readonly events?: number;
  /** Preset of rates. Default `realistic`. */
  readonly quality?: Quality;
  /** Shares by kind that replace those of the preset, each 0 to 1, together at most 1. */
  readonly rates?: Rates;
  /** Records that are out of order are at most so old. Default 2 minutes; keep it below the watermark delay. */
  readonly maxDisorder?: DurationMs;
  /** Late records are so old. Default 10 to 60 minutes. */
  readonly lateBy?: { readonly min: DurationMs; readonly max: DurationMs };
  /** Whether deliveries that left before `start` arrive after it, as in a night that is under way. Default true. */
  readonly underWay?: boolean;
};

/** {@link GeneratorOptions} with every default filled in. */
export type ResolvedOptions = Required<Omit<GeneratorOptions, 'quality'>>;

const DEFAULT_RATE = 10;

/** Fills the defaults in. Throws MED_CONFIG_INVALID with every problem at once. */
export function resolveOptions(options: GeneratorOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    seed: options.seed ?? 1,
    start: options.start,
    ratePerSecond: options.ratePerSecond ?? DEFAULT_RATE,
    burst: options.burst ?? (options.ratePerSecond === undefined ? seconds(5) : milliseconds(0)),
    speed: options.speed ?? 1,
    events: options.events ?? Number.POSITIVE_INFINITY,
    rates: { ...PRESETS[options.quality ?? 'realistic'], ...options.rates },
    maxDisorder: options.maxDisorder ?? minutes(2),
    lateBy: options.lateBy ?? { min: minutes(10), max: minutes(60) },
    underWay: options.underWay ?? true,
  };
  const problems = [...problemsOf(resolved)];
  if (problems.length > 0) throw new MedallionError('MED_CONFIG_INVALID', { problems: problems.join('\n') });
  return resolved;
}

function* problemsOf(options: ResolvedOptions): Generator<string> {
  const { seed, start, ratePerSecond, speed, events, rates, maxDisorder, lateBy } = options;
  if (!Number.isSafeInteger(seed)) yield `seed: a whole number, not ${seed}`;
  if (!(Math.abs(start) < 8e15)) yield `start: an instant that a calendar knows, not ${start}`;
  if (!(ratePerSecond > 0 && ratePerSecond <= 1e6)) yield `rate: more than 0, at most 1,000,000, not ${ratePerSecond}`;
  if (!(speed > 0 && speed <= 1e6)) yield `speed: more than 0, at most 1,000,000, not ${speed}`;
  if (!(events >= 0)) yield `events: a number from 0, not ${events}`;
  if (!(lateBy.min <= lateBy.max)) yield `lateBy: min ${lateBy.min} ms is more than max ${lateBy.max} ms`;
  if (!(maxDisorder > 0)) yield `maxDisorder: more than 0, not ${maxDisorder}`;
  let sum = 0;
  for (const [kind, share] of Object.entries(rates)) {
    if (!isFaultKind(kind)) yield `rates: there is no kind "${kind}"`;
    if (!(share >= 0 && share <= 1)) yield `rates: ${kind} is a share from 0 to 1, not ${share}`;
    sum += share;
  }
  if (sum > 1 + 1e-9) yield `rates: the shares sum up to ${sum}, more than 1`;
}

/** A whole night, from the first midnight on Earth to the last morning. */
const NIGHT_MS = 36 * 3_600_000;

/**
 * 24 December, 10:00 UTC, of the last year whose Christmas night is over: when midnight reaches UTC+14. Where event
 * time runs faster than the clock the stream starts here, so that it stays behind the clock.
 */
export function lastChristmas(now: Instant): Instant {
  const startOf = (year: number) => Date.UTC(year, 11, 24, 10) as Instant;
  const year = new Date(now).getUTCFullYear();
  return startOf(year) + NIGHT_MS <= now ? startOf(year) : startOf(year - 1);
}

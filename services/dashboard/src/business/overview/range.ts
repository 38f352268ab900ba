import type { Instant } from '@medallion/core';

const MINUTE_MS = 60_000;

/** A time range in event time, half-open, and the one of the same length before it. */
export type Range = {
  readonly before: Instant;
  readonly from: Instant;
  readonly to: Instant;
  readonly minutes: number;
};

/**
 * The range of so many minutes that ends with the newest window of a minute; where there is none, with the minute of the clock.
 */
export function rangeOf(newest: Instant | null, now: Instant, minutes: number): Range {
  const last = newest ?? Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const to = last + MINUTE_MS;
  const length = minutes * MINUTE_MS;
  return { before: (to - 2 * length) as Instant, from: (to - length) as Instant, to: to as Instant, minutes };
}

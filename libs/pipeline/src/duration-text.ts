import type { DurationMs } from '@medallion/core';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** A duration for people: `5 min`, `1 h 30 min`. */
export function durationText(duration: DurationMs): string {
  let rest: number = duration;
  const parts: string[] = [];
  for (const [unit, ms] of UNITS) {
    const n = Math.floor(rest / ms);
    rest -= n * ms;
    if (n > 0) parts.push(`${n} ${unit}`);
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

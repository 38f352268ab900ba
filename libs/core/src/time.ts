import type { Brand } from './brand.ts';

/** A point in time: milliseconds since 1970-01-01T00:00:00Z, a safe integer. */
export type Instant = Brand<number, 'Instant'>;

/** A length of time in milliseconds, a safe integer ≥ 0. */
export type DurationMs = Brand<number, 'DurationMs'>;

/** A calendar day in UTC: whole days since 1970-01-01, as Avro's `date` counts them. */
export type EpochDay = Brand<number, 'EpochDay'>;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Marks a number of epoch milliseconds as an instant. */
export const instant = (epochMs: number): Instant => epochMs as Instant;

/** The instant before every other one: the watermark of a partition that has not had a record. */
export const NEVER = -8_640_000_000_000_000 as Instant;

/** A duration of `n` milliseconds. Throws RangeError when `n` is negative or not a safe integer. */
export function milliseconds(n: number): DurationMs {
  if (!Number.isSafeInteger(n) || n < 0)
    throw new RangeError(`a duration is a whole number of milliseconds ≥ 0, not ${n}`);
  return n as DurationMs;
}

/** A duration of `n` seconds. */
export const seconds = (n: number): DurationMs => milliseconds(n * 1_000);
/** A duration of `n` minutes. */
export const minutes = (n: number): DurationMs => milliseconds(n * 60_000);
/** A duration of `n` hours. */
export const hours = (n: number): DurationMs => milliseconds(n * HOUR_MS);
/** A duration of `n` days of 24 hours. */
export const days = (n: number): DurationMs => milliseconds(n * DAY_MS);

/** The UTC day that an instant falls on. */
export const epochDay = (at: Instant): EpochDay => Math.floor(at / DAY_MS) as EpochDay;
/** The UTC hour of the day, 0 to 23. */
export const hourOfDay = (at: Instant): number => Math.floor((at - epochDay(at) * DAY_MS) / HOUR_MS);
/** The UTC minute of the hour, 0 to 59. */
export const minuteOfHour = (at: Instant): number => Math.floor((at - Math.floor(at / HOUR_MS) * HOUR_MS) / 60_000);

/** An instant as ISO-8601 in UTC with milliseconds; the form that JSON, logs and SQL literals use. */
export const isoString = (at: Instant): string => new Date(at).toISOString();
/** A day as `YYYY-MM-DD`. */
export const isoDate = (day: EpochDay): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

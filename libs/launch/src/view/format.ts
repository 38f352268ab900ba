import { type Instant, isoDate, isoString, NEVER } from '@medallion/core';
import { printable } from './line.ts';
import type { FieldType, Value } from './model.ts';

const DAY_MS = 86_400_000;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const exact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 15 });

/** `12,345`; an unknown number is a dash. */
export const count = (n: number | null): string => (n === null ? '–' : whole.format(n));

/** Records per second: one digit behind the point while that says something. */
export const rate = (n: number | null): string => (n === null ? '–' : n < 100 ? n.toFixed(1) : whole.format(n));

/** `0.4 s`, `2 min 14 s`, `3 h 05 min`, `2 d 3 h`. */
export function duration(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 59.95) return `${s.toFixed(1)} s`;
  const seconds = Math.round(s);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `23:14:05` in UTC. */
export const clock = (at: Instant): string => isoString(at).slice(11, 19);

/** `12-24 23:14` in UTC: short, and unambiguous within a year. */
export const minute = (at: Instant): string => isoString(at).slice(5, 16).replace('T', ' ');

/** A watermark: its time, or where event time is of another day, as in a replay, its day and minute. */
export function shortWatermark(at: Instant | null, now: Instant): string {
  if (at === null || at === NEVER) return '–';
  return now - at > DAY_MS ? minute(at) : clock(at);
}

/** A watermark and how far it trails the clock, where that means anything. */
export function watermark(at: Instant | null, now: Instant): string {
  const text = shortWatermark(at, now);
  return at === null || at === NEVER || now - at > DAY_MS ? text : `${text} (${duration(now - at)} ago)`;
}

/** A value of a row, as a table shows it. */
export function value(of: Value | undefined, kind: FieldType['kind']): string {
  if (of === null || of === undefined) return '–';
  if (typeof of === 'string') return printable(of);
  if (typeof of === 'boolean') return of ? 'yes' : 'no';
  switch (kind) {
    case 'timestamp':
      return minute(of as Instant);
    case 'date':
      return isoDate(of as Parameters<typeof isoDate>[0]);
    case 'decimal':
      return exact.format(of);
    case 'double':
      return Math.abs(of) < 10 ? of.toFixed(3) : of.toFixed(1);
    default:
      return count(of);
  }
}

import { createHash } from 'node:crypto';
import { type EpochDay, type Instant, NEVER } from '@medallion/core';

/** Postgres cuts longer identifiers without an error, so that two of them may become one. */
const MAX_IDENTIFIER_BYTES = 63;

/** A quoted identifier. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A quoted identifier in a schema. */
export const qualified = (schema: string, name: string): string => `${ident(schema)}.${ident(name)}`;

/** A quoted literal; only for DDL, which takes no parameters. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `base` + `suffix` as an identifier; where that is too long, the end of `base` becomes a digest of it. */
export function derivedName(base: string, suffix: string): string {
  if (Buffer.byteLength(base + suffix) <= MAX_IDENTIFIER_BYTES) return base + suffix;
  const digest = createHash('sha256').update(base).digest('hex').slice(0, 8);
  return `${base.slice(0, MAX_IDENTIFIER_BYTES - digest.length - 1 - suffix.length)}_${digest}${suffix}`;
}

const DAY_MS = 86_400_000;
const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

// Neighbours fall on the same day, and the calendar is the costly part.
let cachedDay = Number.NaN;
let cachedText = '';
let cachedEra = '';

function turnTo(day: number): void {
  if (day === cachedDay) return;
  const at = new Date(day * DAY_MS);
  const year = at.getUTCFullYear();
  cachedEra = year > 0 ? '' : ' BC';
  cachedText = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  cachedDay = day;
}

/** A day as Postgres reads it: `2026-12-24`, `0044-03-15 BC`. */
export function dateText(day: EpochDay): string {
  turnTo(day);
  return cachedText + cachedEra;
}

/** An instant as Postgres reads it, to the millisecond: `2026-12-24T18:30:00.123Z`. */
export function timestampText(at: Instant): string {
  const day = Math.floor(at / DAY_MS);
  turnTo(day);
  const ms = at - day * DAY_MS;
  const seconds = Math.floor(ms / 1000);
  const fraction = String(ms - seconds * 1000).padStart(3, '0');
  const minutes = Math.floor(seconds / 60);
  return `${cachedText}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${fraction}Z${cachedEra}`;
}

/** A watermark: NEVER is before all that Postgres knows, so it is `-infinity` there. */
export const watermarkText = (at: Instant): string => (at === NEVER ? '-infinity' : timestampText(at));

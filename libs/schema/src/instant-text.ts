import type { Instant } from '@medallion/core';

/** `2026-12-24T18:30:00.123Z`, fraction of 1 to 9 digits optional, `Z` or an offset; nothing that Date.parse guesses at. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

const YEAR_1 = Date.parse('0001-01-01T00:00:00.000Z');
const YEAR_10000 = 253_402_300_800_000;
const ZERO = 48;
const digits2 = (s: string, at: number): number => (s.charCodeAt(at) - ZERO) * 10 + s.charCodeAt(at + 1) - ZERO;
const isDigit = (s: string, at: number): boolean => {
  const c = s.charCodeAt(at) - ZERO;
  return c >= 0 && c <= 9;
};

// The day of the previous call: event times of neighbours fall on the same day, and the calendar is the costly part.
let cachedDay = '';
let cachedDayMs = 0;

/**
 * The instant that an ISO-8601 text with a zone names, or null for anything else (also for 30 February), within the
 * years 0001 to 9999 in UTC: Postgres has no year 0, and longer years have another text form.
 * The usual form, `YYYY-MM-DDTHH:MM:SS.mmmZ`, takes a path without Date.parse.
 */
export function parseInstant(text: string): Instant | null {
  if (text.length === 24 && text.charCodeAt(23) === 90 /* Z */ && text.charCodeAt(19) === 46 /* . */) {
    const fast = parseUsual(text);
    if (fast !== null) return fast;
  }
  if (!ISO.test(text)) return null;
  return dayExists(text) ? withinYears(Date.parse(text)) : null;
}

function parseUsual(text: string): Instant | null {
  for (const at of [11, 12, 14, 15, 17, 18, 20, 21, 22]) if (!isDigit(text, at)) return null;
  if (text.charCodeAt(10) !== 84 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return null;
  const hour = digits2(text, 11);
  const minute = digits2(text, 14);
  const second = digits2(text, 17);
  if (hour > 23 || minute > 59 || second > 59) return null;
  const day = text.slice(0, 10);
  if (day !== cachedDay) {
    if (!ISO.test(text) || !dayExists(text)) return null;
    const dayMs = withinYears(Date.parse(`${day}T00:00:00.000Z`));
    if (dayMs === null) return null;
    cachedDayMs = dayMs;
    cachedDay = day;
  }
  const ms = digits2(text, 20) * 10 + text.charCodeAt(22) - ZERO;
  return (cachedDayMs + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms) as Instant;
}

/** Date.parse rolls 30 February over to March; a day that does not exist is no instant. */
function dayExists(text: string): boolean {
  const day = text.slice(0, 10);
  const parsed = Date.parse(`${day}T00:00:00.000Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(day);
}

// NaN is in no range.
const withinYears = (ms: number): Instant | null => (ms >= YEAR_1 && ms < YEAR_10000 ? (ms as Instant) : null);

import type { SqlCall } from '../expression.ts';
import { type Operation, type Operations, strict1 } from './operation.ts';

const DAY_MS = 86_400_000;

/** What EXTRACT takes out of a date or, in UTC, a timestamp. */
const FIELDS: Readonly<Record<string, (at: Date) => number>> = {
  year: (at) => at.getUTCFullYear(),
  quarter: (at) => Math.floor(at.getUTCMonth() / 3) + 1,
  month: (at) => at.getUTCMonth() + 1,
  day: (at) => at.getUTCDate(),
  dow: (at) => at.getUTCDay(),
  isodow: (at) => at.getUTCDay() || 7,
  hour: (at) => at.getUTCHours(),
  minute: (at) => at.getUTCMinutes(),
};

/** The fields that EXTRACT knows; a date has no hour. */
export const EXTRACT_FIELDS = Object.keys(FIELDS);
export const TIME_FIELDS: readonly string[] = ['hour', 'minute'];

const utc = (year: number, month: number): number => new Date(0).setUTCFullYear(year, month, 1);

/** The beginning of the unit that a point in time falls into, in UTC. */
const UNITS: Readonly<Record<string, (ms: number) => number>> = {
  minute: (ms) => Math.floor(ms / 60_000) * 60_000,
  hour: (ms) => Math.floor(ms / 3_600_000) * 3_600_000,
  day: (ms) => Math.floor(ms / DAY_MS) * DAY_MS,
  // The epoch was a Thursday; weeks begin on Monday, as in ISO 8601.
  week: (ms) => (Math.floor((ms / DAY_MS + 3) / 7) * 7 - 3) * DAY_MS,
  month: (ms) => utc(new Date(ms).getUTCFullYear(), new Date(ms).getUTCMonth()),
  quarter: (ms) => utc(new Date(ms).getUTCFullYear(), Math.floor(new Date(ms).getUTCMonth() / 3) * 3),
  year: (ms) => utc(new Date(ms).getUTCFullYear(), 0),
};

/** The units that DATE_TRUNC knows. */
export const TRUNC_UNITS = Object.keys(UNITS);

const isDate = (call: SqlCall): boolean => call.args[1]!.type?.kind === 'date';
const word = (call: SqlCall): string => {
  const first = call.args[0]!;
  return first.kind === 'literal' ? String(first.value) : '';
};

const extract: Operation = {
  evaluate: ([, a], call) => {
    const of = FIELDS[word(call)]!;
    const unit = isDate(call) ? DAY_MS : 1;
    return strict1(a!, (x: number) => of(new Date(x * unit)));
  },
  sql: ([, a], call) => {
    const of = isDate(call) ? a!.sql : `(${a!.sql} AT TIME ZONE 'UTC')`;
    return `EXTRACT(${word(call)} FROM ${of})::integer`;
  },
};

const dateTrunc: Operation = {
  evaluate: ([, a], call) => {
    const of = UNITS[word(call)]!;
    if (!isDate(call)) return strict1(a!, of as (ms: number) => number);
    return strict1(a!, (day: number) => of(day * DAY_MS) / DAY_MS);
  },
  sql: ([, a], call) =>
    isDate(call)
      ? `date_trunc('${word(call)}', ${a!.sql}::timestamp)::date`
      : `(date_trunc('${word(call)}', ${a!.sql} AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')`,
};

/** Functions of dates and timestamps; their first argument is a literal. */
export const times: Operations = { extract, date_trunc: dateTrunc };

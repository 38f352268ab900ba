import { NONE } from './numbers.ts';

/** Whose clock instants are shown by. */
export type Zone = 'local' | 'utc';

type Moment = string | number | null | undefined;

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${zone} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', { ...options, ...(zone === 'utc' ? { timeZone: 'UTC' } : {}) });
    formats.set(key, format);
  }
  return format;
};

const show = (at: Moment, zone: Zone, options: Intl.DateTimeFormatOptions): string => {
  if (at === null || at === undefined) return NONE;
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return Number.isFinite(ms) ? formatOf(zone, options).format(ms) : String(at);
};

/** `12:04:10` */
export const clock = (at: Moment, zone: Zone): string =>
  show(at, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** `12:04` */
export const hourMinute = (at: Moment, zone: Zone): string => show(at, zone, { hour: '2-digit', minute: '2-digit' });

/** `24 Dec 2026` */
export const day = (at: Moment, zone: Zone): string =>
  show(at, zone, { day: 'numeric', month: 'short', year: 'numeric' });

/** `24 Dec, 12:04` */
export const dayMinute = (at: Moment, zone: Zone): string =>
  show(at, zone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** `24 Dec 2026, 12:04:10` */
export const dayClock = (at: Moment, zone: Zone): string =>
  show(at, zone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });

/** Seconds from then to now; null where there is no then. */
export const secondsSince = (at: Moment, now: number): number | null => {
  if (at === null || at === undefined) return null;
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return Number.isFinite(ms) ? (now - ms) / 1000 : null;
};

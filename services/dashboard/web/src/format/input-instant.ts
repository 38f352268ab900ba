import type { Zone } from './instants.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** An instant as a field for date and time has it, in the reader's zone; empty where there is none. */
export function toInput(at: string | undefined, zone: Zone): string {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  if (!Number.isFinite(ms)) return '';
  const date = new Date(ms);
  if (zone === 'utc') return date.toISOString().slice(0, 16);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The instant that such a field holds; undefined where it is empty or no time. */
export function fromInput(text: string, zone: Zone): string | undefined {
  const ms = text === '' ? Number.NaN : Date.parse(zone === 'utc' ? `${text}Z` : text);
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}

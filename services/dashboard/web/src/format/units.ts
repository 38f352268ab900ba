import { title } from './cells.ts';
import { minutes } from './durations.ts';
import { compact, count, decimal, percent, plain } from './numbers.ts';

/** What numbers of a column are, by the words of its name. */
export function unitOf(name: string): 'percent' | 'minutes' | 'km/h' | null {
  if (/(^|_)(rate|share|ratio)$/.test(name)) return 'percent';
  if (/_minutes$/.test(name)) return 'minutes';
  if (/_kmh$/.test(name)) return 'km/h';
  return null;
}

/** The name of a column as a person reads it, without the unit that its values are shown with. */
export const labelOf = (name: string): string => title(name.replace(/^(.+_.+)_(minutes|kmh)$/, '$1'));

/** A number with its unit, for a cell. */
export function withUnit(value: number | null | undefined, unit: string | null): string {
  if (unit === 'percent') return percent(value);
  if (unit === 'minutes') return minutes(value);
  if (unit === 'km/h') return value === null || value === undefined ? plain(value) : `${decimal(value, 0)}\u00a0km/h`;
  return unit === null ? plain(value) : `${plain(value)}\u00a0${unit}`;
}

/** A number with its unit where there is little room. */
export function shortWithUnit(value: number | null | undefined, unit: string | null): string {
  if (unit === 'percent') return percent(value, 0);
  if (unit === 'minutes') return value === null || value === undefined ? plain(value) : `${decimal(value, 0)}\u00a0min`;
  return compact(value);
}

/** The one number of an answer, large. */
export const headlineText = (value: number | string | null, unit: string | null): string =>
  typeof value === 'string' ? value : unit === null && Number.isInteger(value) ? count(value) : withUnit(value, unit);

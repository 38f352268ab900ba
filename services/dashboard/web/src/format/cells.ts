import { day, dayClock, type Zone } from './instants.ts';
import { NONE, plain } from './numbers.ts';

/** Whether values of a column of this type are numbers, to be set right and compared as such. */
export const isNumeric = (type: string): boolean => /^(int|integer|long|double|float|decimal|numeric)\b/.test(type);

/** A value of a table as text, by the type of its column. */
export function cell(value: unknown, type: string, zone: Zone): string {
  if (value === null || value === undefined) return NONE;
  if (type === 'timestamp') return dayClock(value as string, zone);
  // A day is a day everywhere: it must not move with the reader's zone.
  if (type === 'date') return day(`${String(value)}T00:00:00Z`, 'utc');
  if (typeof value === 'number') return plain(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** Compares two values of a column of this type; what is missing comes last. */
export function compareCells(a: unknown, b: unknown, type: string): number {
  const missingA = a === null || a === undefined;
  const missingB = b === null || b === undefined;
  if (missingA || missingB) return Number(missingA) - Number(missingB);
  if (isNumeric(type)) return Number(a) - Number(b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [
    typeof a === 'object' ? JSON.stringify(a) : String(a),
    typeof b === 'object' ? JSON.stringify(b) : String(b),
  ];
  return left.localeCompare(right, 'en', { numeric: true });
}

/** A column's or table's name as a person reads it: `gold_top_cities` is `Top cities`. */
export const title = (name: string): string => {
  const words = name
    .replace(/^(bronze|silver|gold)_/, '')
    .replaceAll('_', ' ')
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

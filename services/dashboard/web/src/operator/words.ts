import type { TableStatus, Trouble } from '../../../src/contract/operator.ts';
import { age, duration } from '../format/durations.ts';
import { count, NONE } from '../format/numbers.ts';

/** `1 record`, `1,204 records`; `of` is in the singular. */
export const counted = (n: number, of: string): string => `${count(n)} ${of}${n === 1 ? '' : 's'}`;

/** What waits for a table, in records and in seconds: `1,204 records, 3 s`. */
export function lagText({ lagRecords, lagSeconds }: Pick<TableStatus, 'lagRecords' | 'lagSeconds'>): string {
  if (lagRecords === null) return lagSeconds === null ? NONE : duration(lagSeconds);
  if (lagRecords === 0) return 'none';
  return lagSeconds === null
    ? counted(lagRecords, 'record')
    : `${counted(lagRecords, 'record')}, ${duration(lagSeconds)}`;
}

/** How old a table's newest row is, and whether it is its own age or that of an input. */
export function freshnessText(freshness: TableStatus['freshness']): string {
  if (freshness === null) return NONE;
  const old = age(freshness.seconds);
  if (freshness.origin === 'own') return `${old}, its own`;
  return freshness.from === null ? `${old}, inherited` : `${old}, inherited from ${freshness.from}`;
}

/** A kind of table or source in words. */
export const kindText = (kind: string): string => kind.replaceAll('_', ' ');

/** A name where its lane is told anyhow, and of a path its folder: without these in front. */
export function shortName(id: string, lane: string): string {
  if (lane === 'source') return id.slice(id.indexOf('/') + 1);
  return id.startsWith(`${lane}_`) ? id.slice(lane.length + 1) : id;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A value that an event tells, as a person reads it: lists without brackets and quotes. */
export function detailText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(', ');
  return JSON.stringify(value) ?? '';
}

/** What a trouble says, without its code and its remedy: both stand beside it. */
export function troubleText({ code, message, remedy }: Trouble): string {
  const bare = remedy === null ? message : message.replace(` Remedy: ${remedy}.`, '');
  return code === null ? bare : bare.replace(`${code}: `, '');
}

/** Why a table is in its state, where there is little room: without what its numbers say beside it. */
export const shortWhy = (why: string): string => why.replace(/, and nothing waits\.$/, '');

import { contentHash } from '@medallion/operators';
import type { ChangeByKey } from './changes-by-key.ts';

/** The fields of a row as its columns hold them: what does not fit its column is null. */
export type Fields = Readonly<Record<string, string | number | null>>;

/** A rule, and whether a row that breaks it is left out or only warned of. */
export type Rule = { readonly name: string; readonly drops: boolean; readonly holds: (row: Fields) => boolean };

/** A way from raw changes to a table by key: as they came, those that its rules let pass, and what they make of the table. */
export type Stream = {
  readonly bronze: string;
  readonly clean: string;
  readonly table: string;
  readonly storedAs: 1 | 2;
  readonly keys: readonly string[];
  /** Those of the table, without the validity of versions. */
  readonly columns: readonly string[];
  /** Those whose new values begin a version. */
  readonly tracked: readonly string[];
  /** The column by whose value rows are kept together. */
  readonly partitionedBy: string;
  readonly rules: readonly Rule[];
  /** What becomes of a row that its rules leave out. */
  readonly leftOutAs: 'dropped' | 'violation';
  readonly read: (value: Readonly<Record<string, unknown>>) => Fields;
  /** The row of the table that a row of the clean one asks for, and since when; a null row deletes. */
  readonly asked: (fields: Fields) => { readonly sequence: number; readonly row: Fields; readonly isDelete: boolean };
};

/** A value where it is text. */
export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
/** A value where it is a number. */
export const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
/** A whole number in a file of texts. */
export const digits = (value: unknown): number | null =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;
/** An instant in UTC, epoch milliseconds. */
export const instantOf = (value: string | number | null | undefined): number | null =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) ? Date.parse(value) : null;

export const drops = (name: string, holds: Rule['holds']): Rule => ({ name, drops: true, holds });
export const warns = (name: string, holds: Rule['holds']): Rule => ({ name, drops: false, holds });
export const isThere = (name: string) => (row: Fields) => row[name] !== null;
export const isFilled = (name: string) => (row: Fields) => String(row[name] ?? '').trim() !== '';
export const isPositive = (name: string) => (row: Fields) => Number(row[name] ?? 0) > 0;

/** The names of the rules that a row breaks. */
export const brokenBy = ({ rules }: Pick<Stream, 'rules'>, row: Fields): readonly string[] =>
  rules.filter(({ holds }) => !holds(row)).map(({ name }) => name);

/** Whether a row that breaks these is not in its clean table. */
export const isDropped = ({ rules }: Pick<Stream, 'rules'>, broken: readonly string[]): boolean =>
  rules.some((rule) => rule.drops && broken.includes(rule.name));

/** What a row of a clean table does to its table by key. */
export function changeOf(stream: Stream, fields: Fields): ChangeByKey<Fields> {
  const { sequence, row: all, isDelete } = stream.asked(fields);
  const row = Object.fromEntries(stream.columns.map((name) => [name, all[name] ?? null]));
  return {
    key: JSON.stringify(stream.keys.map((name) => row[name])),
    sequence,
    row: isDelete ? null : row,
    // Which of two equal sequences counts is arbitrary: this is the rule.
    content: contentHash(stream.columns)(row),
  };
}

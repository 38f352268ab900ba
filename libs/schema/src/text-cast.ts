import { assertNever } from '@medallion/core';
import { parseDecimal } from './decimal.ts';
import type { RowSchema } from './field.ts';
import { parseInstant } from './instant-text.ts';
import { isStorableText, parseDay } from './json-cast.ts';
import { type Cast, type CastResult, type Casts, MISFIT, Misfits, rescuedText, rowCast } from './row-cast.ts';

const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const ofText =
  (cast: (text: string) => ReturnType<Cast>): Cast =>
  (value) =>
    typeof value === 'string' ? cast(value) : MISFIT;

const number = (pattern: RegExp, fits: (n: number) => boolean): Cast =>
  ofText((text) => {
    const n = pattern.test(text) ? Number(text) : Number.NaN;
    return fits(n) ? n + 0 : MISFIT;
  });

const casts: Casts = (type) => {
  switch (type.kind) {
    case 'boolean':
      return ofText((text) => {
        const word = text.toLowerCase();
        return word === 'true' ? true : word === 'false' ? false : MISFIT;
      });
    case 'int':
      return number(WHOLE, (n) => (n | 0) === n);
    case 'long':
      return number(WHOLE, Number.isSafeInteger);
    case 'double':
      return number(NUMBER, Number.isFinite);
    case 'string':
      return (value) => (isStorableText(value) ? value : MISFIT);
    case 'enum': {
      const symbols = new Set(type.symbols);
      return ofText((text) => (symbols.has(text) ? text : MISFIT));
    }
    case 'timestamp':
      return ofText((text) => parseInstant(text) ?? MISFIT);
    case 'date':
      return ofText((text) => parseDay(text) ?? MISFIT);
    case 'decimal':
      return ofText((text) => parseDecimal(text.replace(/^\+/, ''), type) ?? MISFIT);
    default:
      return assertNever(type, 'field type');
  }
};

/**
 * Compiles the cast of a record of texts, such as a line of a CSV file by its header, to a row of `schema`; null is no
 * value. What does not fit its declared type leaves the column null and is rescued, as is every column that nobody
 * declared: as JSON strings. `true` and `false` may be in any case; whole numbers and decimals keep every digit or do
 * not fit; instants and days are ISO-8601; a list has no text form, so none fits. Rows have the columns of `room` too,
 * null at first.
 */
export function textCast(
  schema: RowSchema,
  room: readonly string[] = [],
): (record: Readonly<Record<string, string | null>>) => CastResult {
  const misfits = new Misfits();
  const cast = rowCast(schema, room, casts, misfits);
  return (record) => {
    misfits.clear();
    const row = cast(record);
    const { found } = misfits;
    return { row, rescued: found === null ? null : rescuedText(found, record, JSON.stringify) };
  };
}

import { assertNever, type EpochDay, type Instant } from '@medallion/core';
import { decimalUnits, parseDecimal } from './decimal.ts';
import type { AnyRow, FieldType, RowSchema } from './field.ts';
import { parseInstant } from './instant-text.ts';
import {
  type Cast,
  type CastResult,
  type Casts,
  MISFIT,
  Misfits,
  rescuedText,
  rowCast,
  unlessTooDeep,
} from './row-cast.ts';

const NUL = '\u0000';
const DAY_MS = 86_400_000;

/**
 * A number that JavaScript may round to another decimal: of 16 digits or more, or smaller than all doubles. In a text it
 * comes after one of these characters; in quotes it may, too, which costs time and nothing else.
 */
const ROUNDED = /[:[,\s]-?(?:[\d.]{16,}|[\d.]+e-\d{3})/i;

/** A number as it was written. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A lone surrogate has no UTF-8 form: written out, two different texts would become the same one. */
export const isStorableText = (v: unknown): v is string =>
  typeof v === 'string' && !v.includes(NUL) && v.isWellFormed();

/** A day from a text such as `2026-12-24`, or null. */
export function parseDay(text: string): EpochDay | null {
  const at = text.length === 10 ? parseInstant(`${text}T00:00:00.000Z`) : null;
  return at === null ? null : (((at as Instant) / DAY_MS) as EpochDay);
}

/** `numberOf` gives the number of a number, however it came. */
const castsOf =
  (numberOf: (value: unknown) => unknown): Casts =>
  (type) => {
    const number = (cast: Cast): Cast => (numberOf === asIs ? cast : (v) => cast(numberOf(v)));
    switch (type.kind) {
      case 'boolean':
        return (v) => (typeof v === 'boolean' ? v : MISFIT);
      case 'int':
        return number((v) => (typeof v === 'number' && (v | 0) === v ? v : MISFIT));
      case 'long':
        return number((v) => (typeof v === 'number' && Number.isSafeInteger(v) ? v : MISFIT));
      case 'double':
        return number((v) => (typeof v === 'number' && Number.isFinite(v) ? v : MISFIT));
      case 'string':
        return (v) => (isStorableText(v) ? v : MISFIT);
      case 'enum': {
        const symbols = new Set<unknown>(type.symbols);
        return (v) => (symbols.has(v) ? (v as string) : MISFIT);
      }
      case 'timestamp':
        return (v) => (typeof v === 'string' ? (parseInstant(v) ?? MISFIT) : MISFIT);
      case 'date':
        return (v) => (typeof v === 'string' ? (parseDay(v) ?? MISFIT) : MISFIT);
      case 'decimal':
        return (v) => {
          if (typeof v === 'number') return decimalUnits(v, type) === null ? MISFIT : v + 0;
          const text = v instanceof NumberText ? v.text : v;
          return typeof text === 'string' ? (parseDecimal(text, type) ?? MISFIT) : MISFIT;
        };
      default:
        return assertNever(type, 'field type');
    }
  };

const asIs = (value: unknown): unknown => value;
const unwrapped = (value: unknown): unknown => (value instanceof NumberText ? Number(value.text) : value);

const hasDecimal = (type: FieldType): boolean =>
  type.kind === 'decimal' || (type.kind === 'list' && type.of.fields.some((field) => hasDecimal(field.type)));

/**
 * Compiles the cast of a parsed JSON value to a row of `schema`: a value that does not fit its declared type leaves
 * the column null and is rescued, as is every key that nobody declared. Returns null for what is no JSON object.
 * Numbers are rescued as they were written where `text` is given: JavaScript has rounded 2^53 + 1 already. A decimal may
 * come as a number or as a text of one, and fits only if no digit of it gets lost.
 * Rows have the columns of `room` too, null at first, so that who adds them does not change their shape.
 */
export function jsonCast(
  schema: RowSchema,
  room: readonly string[] = [],
): (json: unknown, text: () => string) => CastResult | null {
  const decimals = schema.fields.some((field) => hasDecimal(field.type));
  const misfits = new Misfits();
  const cast = rowCast(schema, room, castsOf(decimals ? unwrapped : asIs), misfits);
  return (json, text) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
    misfits.clear();
    let record = json as Readonly<Record<string, unknown>>;
    if (decimals && ROUNDED.test(text())) {
      const exact = exactly(text());
      // Every value is kept, in the text, if in no column.
      if (exact === null) return { row: cast({}), rescued: text() };
      record = exact;
    }
    const row: AnyRow = cast(record);
    const { found } = misfits;
    if (found === null) return { row, rescued: null };
    const source = exactly(text());
    return { row, rescued: (source && unlessTooDeep(() => rescuedText(found, source, exactJson))) ?? text() };
  };
}

/**
 * Reads the text again, keeping numbers as written; only misfits pay for it. Null for JSON that is nested too deeply for
 * that: reading it with a reviver, unlike plain JSON.parse, takes stack for each level.
 */
const exactly = (text: string): Readonly<Record<string, unknown>> | null =>
  unlessTooDeep(
    () => JSON.parse(text, exactNumbers as (key: string, value: unknown) => unknown) as Record<string, unknown>,
  );

function exactNumbers(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === 'number' && context.source !== undefined ? new NumberText(context.source) : value;
}

function exactJson(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.keys(value)
      .map((k) => `${JSON.stringify(k)}:${exactJson((value as Record<string, unknown>)[k])}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}

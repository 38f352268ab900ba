import { assertNever, type EpochDay, type Instant } from '@medallion/core';
import { type DecimalType, decimalNear, parseDecimal } from './decimal.ts';
import type { RowSchema } from './field.ts';
import { parseInstant } from './instant-text.ts';
import { isStorableText, parseDay } from './json-cast.ts';
import { type CastResult, type Casts, MISFIT, Misfits, rescuedText, rowCast } from './row-cast.ts';

const DAY_MS = 86_400_000;
/** The years 1 to 9999, as in texts. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** A number of any width as a double, where none of it gets lost. */
const wholeOf = (value: unknown): unknown =>
  typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : value;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A value's text: bytes are UTF-8, or no text. */
function textOf(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  try {
    return utf8.decode(value);
  } catch {
    return value;
  }
}

const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

const timeOf = (value: unknown): number | null => {
  if (value instanceof Date) {
    const at = value.getTime();
    return at >= EARLIEST && at <= LATEST ? at : null;
  }
  return typeof value === 'string' ? parseInstant(value) : null;
};

const dayOf = (value: unknown): EpochDay | null => {
  if (typeof value === 'string') return parseDay(value);
  const at = value instanceof Date ? timeOf(value) : null;
  return at !== null && at % DAY_MS === 0 ? ((at / DAY_MS) as EpochDay) : null;
};

function decimalOf(value: unknown, type: DecimalType): number | null {
  if (typeof value === 'string') return parseDecimal(value, type);
  const number = wholeOf(value);
  // A reader that multiplies units by 0.01 is a rounding or two away from the decimal that was stored.
  return typeof number === 'number' ? decimalNear(number, type) : null;
}

const casts: Casts = (type) => {
  switch (type.kind) {
    case 'boolean':
      return (v) => (typeof v === 'boolean' ? v : MISFIT);
    case 'int':
      return (v) => {
        const n = wholeOf(v);
        return typeof n === 'number' && (n | 0) === n ? n + 0 : MISFIT;
      };
    case 'long':
      return (v) => {
        const n = wholeOf(v);
        return Number.isSafeInteger(n) ? (n as number) + 0 : MISFIT;
      };
    case 'double':
      return (v) => {
        const n = wholeOf(v);
        return Number.isFinite(n) ? (n as number) : MISFIT;
      };
    case 'string':
      return (v) => {
        const text = textOf(v);
        return isStorableText(text) ? text : MISFIT;
      };
    case 'enum': {
      const symbols = new Set<unknown>(type.symbols);
      return (v) => {
        const text = textOf(v);
        return symbols.has(text) ? (text as string) : MISFIT;
      };
    }
    case 'timestamp':
      return (v) => (timeOf(v) as Instant | null) ?? MISFIT;
    case 'date':
      return (v) => dayOf(v) ?? MISFIT;
    case 'decimal':
      return (v) => decimalOf(v, type) ?? MISFIT;
    default:
      return assertNever(type, 'field type');
  }
};

/**
 * Compiles the cast of a record of values, as readers of Parquet or Avro give them, to a row of `schema`: numbers, bigints,
 * strings, booleans, Date, bytes (as UTF-8), arrays of records; null and undefined are no value. What does not fit its
 * declared type leaves the column null and is rescued, as is every column that nobody declared: as JSON, where a bigint is
 * a number with all its digits, a Date its ISO-8601 text, bytes base64. A number is taken for the decimal that it is
 * within a millionth of the last digit of. Rows have the columns of `room` too, null at first.
 */
export function valueCast(
  schema: RowSchema,
  room: readonly string[] = [],
): (record: Readonly<Record<string, unknown>>) => CastResult {
  const misfits = new Misfits();
  const cast = rowCast(schema, room, casts, misfits);
  return (record) => {
    misfits.clear();
    const row = cast(record);
    const { found } = misfits;
    return { row, rescued: found === null ? null : rescuedText(found, record, plainJson) };
  };
}

/**
 * A value of a reader of Parquet or Avro as JSON text: a bigint is a number with all its digits, a Date its ISO-8601 text,
 * bytes are base64.
 *
 * @example plainJson({ id: 9_007_199_254_740_993n }) // '{"id":9007199254740993}'
 */
export function plainJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : `"${value.toISOString()}"`;
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if (Array.isArray(value)) return `[${value.map(plainJson).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([name, part]) => `${JSON.stringify(name)}:${plainJson(part)}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}

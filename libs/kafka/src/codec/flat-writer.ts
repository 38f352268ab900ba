import { assertNever } from '@medallion/core';
import { type AnyRow, decimalUnits, type Field, type RowSchema, rowVisitor, type Value } from '@medallion/schema';

/**
 * Writes a row as Avro's binary form of its schema, as avsc does, at a third of its cost: a row is its columns one after
 * the other, a nullable column is a branch number before the value, and a list is its rows between a count and a zero.
 */
export interface FlatWriter {
  /**
   * Writes at `at` and returns the position after the row, or -1 when the buffer is too small.
   *
   * @throws TypeError when a value does not fit its column.
   */
  write(row: AnyRow, into: Buffer, at: number): number;
}

/** The most bytes that a value of a type other than text takes. */
const MAX_FIXED_BYTES = 10;
/** Shorter texts are written by hand: the call into the runtime costs more than its loop saves. */
const SHORT = 40;

let at = 0;
let buffer: Buffer = Buffer.alloc(0);
/** The same bytes as `buffer`. */
let view = new DataView(buffer.buffer);

function long(n: number): void {
  if (n >= -1_073_741_824 && n < 1_073_741_824) {
    let rest = (n << 1) ^ (n >> 31);
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    return;
  }
  // Zigzag doubles the number, which leaves the safe integers: halves of 28 bits stay exact.
  let [high, low] = n >= 0 ? [Math.floor(n / 2 ** 27), (n % 2 ** 27) * 2] : negative(n);
  for (let i = 0; i < 4; i++) {
    buffer[at++] = (low & 0x7f) | 0x80;
    low >>>= 7;
  }
  while (high > 0x7f) {
    buffer[at++] = (high % 0x80) | 0x80;
    high = Math.floor(high / 0x80);
  }
  buffer[at++] = high;
}

/** The zigzag form of a negative number, -2n - 1, as its part above 28 bits and the 28 bits. */
function negative(n: number): [number, number] {
  const less = -(n + 1);
  return [Math.floor(less / 2 ** 27), (less % 2 ** 27) * 2 + 1];
}

/** False when the buffer may be too small. */
function text(value: string): boolean {
  const { length } = value;
  if (at + 5 + length * 3 > buffer.length) return false;
  if (length <= SHORT) {
    const start = at;
    buffer[at++] = length << 1;
    let i = 0;
    if (length < 0x40)
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) break;
        buffer[at++] = code;
      }
    if (i === length) return true;
    at = start;
  }
  const bytes = Buffer.byteLength(value);
  long(bytes);
  at += buffer.write(value, at, bytes, 'utf8');
  return true;
}

/** A decimal's units as the fewest bytes of two's complement, the greatest first, behind their number. */
function units(value: number): void {
  let bytes = 1;
  for (let limit = 0x80; value < -limit || value >= limit; limit *= 0x100) bytes++;
  buffer[at++] = bytes << 1;
  let rest = value;
  for (let i = bytes - 1; i >= 0; i--) {
    // Exact up to 2^53, negative numbers too: the operator takes the number modulo 2^32.
    buffer[at + i] = rest & 0xff;
    rest = Math.floor(rest / 0x100);
  }
  at += bytes;
}

type Write = (value: NonNullable<Value>) => boolean;

function writerOf({ name, type }: Field): Write {
  const misfit = (value: unknown): never => {
    throw new TypeError(`column ${name} is no ${type.kind}: ${String(value).slice(0, 40)}`);
  };
  switch (type.kind) {
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') misfit(value);
        buffer[at++] = value === true ? 1 : 0;
        return true;
      };
    case 'int':
    case 'date':
      return (value) => {
        if (typeof value !== 'number' || (value | 0) !== value) misfit(value);
        long(value as number);
        return true;
      };
    case 'long':
    case 'timestamp':
      return (value) => {
        if (!Number.isSafeInteger(value)) misfit(value);
        long(value as number);
        return true;
      };
    case 'double':
      return (value) => {
        if (!Number.isFinite(value)) misfit(value);
        view.setFloat64(at, value as number, true);
        at += 8;
        return true;
      };
    case 'string':
    case 'enum':
      return (value) => (typeof value === 'string' ? text(value) : misfit(value));
    case 'decimal':
      return (value) => {
        units(decimalUnits(value, type) ?? misfit(value));
        return true;
      };
    case 'list': {
      const element = rowWriter(type.of);
      return (value) => {
        if (!Array.isArray(value)) return misfit(value);
        const rows = value as readonly AnyRow[];
        if (rows.length > 0) long(rows.length);
        for (let i = 0; i < rows.length; i++) {
          const row: unknown = rows[i];
          if (typeof row !== 'object' || row === null) misfit(row);
          if (!element(row as AnyRow)) return false;
        }
        if (at === buffer.length) return false;
        buffer[at++] = 0;
        return true;
      };
    }
    default:
      return assertNever(type, 'field type');
  }
}

/** Writes the columns of a row one after the other; false when the buffer may be too small. */
function rowWriter(schema: RowSchema): (row: AnyRow) => boolean {
  const columns = schema.fields.map((field) => ({ ...field, write: writerOf(field) }));
  const fixed = columns.length * (MAX_FIXED_BYTES + 1);
  const visit = rowVisitor(columns.map(({ name }) => name));
  const column = (index: number, value: unknown): boolean => {
    const { name, nullable, write } = columns[index]!;
    if (at + fixed > buffer.length) return false;
    if (value === null || value === undefined) {
      if (!nullable) throw new TypeError(`column ${name} is null`);
      buffer[at++] = 0;
      return true;
    }
    if (nullable) buffer[at++] = 2;
    return write(value as NonNullable<Value>);
  };
  return (row) => visit(row, column);
}

/** The writer of rows of a schema. */
export function flatWriter(schema: RowSchema): FlatWriter {
  const writeRow = rowWriter(schema);
  return {
    write(row, into, from) {
      if (buffer !== into) {
        buffer = into;
        view = new DataView(into.buffer, into.byteOffset, into.length);
      }
      at = from;
      return writeRow(row) ? at : -1;
    },
  };
}

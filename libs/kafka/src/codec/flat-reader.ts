import { assertNever } from '@medallion/core';
import {
  type AnyRow,
  decimalOfUnits,
  type Field,
  powerOfTen,
  type RowSchema,
  rowBuilder,
  type Value,
} from '@medallion/schema';
import { TextCache } from '../text-cache.ts';

/**
 * Reads rows that were written with the very schema that they are read with, as nearly all are: the columns one after
 * the other, no resolution. What another schema wrote is avsc's to read.
 */
export interface FlatReader {
  /** The row, or why these bytes are none; `from` is where the row begins. */
  read(bytes: Buffer, from: number): AnyRow | string;
}

let buffer: Buffer = Buffer.alloc(0);
let at = 0;
/** All of the memory that `buffer` is a part of: its neighbours in a fetch are read next. */
let view = new DataView(buffer.buffer);

/** Thrown by a column's reader, and turned into a reason: the bytes end too early, or are no such value. */
class Unreadable extends Error {}

/** A zigzag varint of up to 64 bits; throws when it leaves the safe integers. */
function long(): number {
  let byte = buffer[at++]!;
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  // The sign's bit apart: with it, the last bit of values below -2^52 would be lost, and so their sign.
  const sign = byte & 1;
  let n = (byte & 0x7f) >>> 1;
  let scale = 0x40;
  let bits = 7;
  do {
    byte = buffer[at++]!;
    n += (byte & 0x7f) * scale;
    scale *= 0x80;
    bits += 7;
  } while (byte >= 0x80 && bits < 70);
  if (byte >= 0x80 || n > Number.MAX_SAFE_INTEGER) return exact();
  return sign === 0 ? n : -n - 1;
}

function exact(): number {
  throw new Unreadable('a whole number is beyond 2^53');
}

/** A whole number in bytes of two's complement, the greatest first. Inexact where it is beyond 2^53. */
function units(name: string): number {
  const length = long();
  if (length < 1) throw new Unreadable(`column ${name} is no decimal`);
  if (at + length > buffer.length) throw new Unreadable('it ends too early');
  let n = (buffer[at++]! << 24) >> 24;
  for (let end = at + length - 1; at < end; at++) n = n * 0x100 + buffer[at]!;
  return n;
}

type Read = () => Value;

function readerOf(field: Field): Read {
  const { type, name } = field;
  switch (type.kind) {
    case 'boolean':
      return () => {
        const byte = buffer[at++]!;
        if (byte > 1) throw new Unreadable(`column ${name} is no boolean`);
        return byte === 1;
      };
    case 'int':
    case 'date':
      return () => {
        const value = long();
        if ((value | 0) !== value) throw new Unreadable(`column ${name} is beyond 32 bits`);
        return value;
      };
    case 'long':
    case 'timestamp':
      return () => {
        const value = long();
        if (!Number.isSafeInteger(value)) exact();
        return value;
      };
    case 'double':
      return () => {
        if (at + 8 > buffer.length) throw new Unreadable('it ends too early');
        const value = view.getFloat64(buffer.byteOffset + at, true);
        at += 8;
        if (!Number.isFinite(value)) throw new Unreadable(`column ${name} is not a finite number`);
        return value;
      };
    case 'string':
    case 'enum': {
      const cache = new TextCache();
      return () => {
        const length = long();
        if (length < 0 || at + length > buffer.length) throw new Unreadable('it ends too early');
        const from = at;
        at += length;
        return cache.text(buffer, from, at);
      };
    }
    case 'decimal': {
      const limit = powerOfTen(type.precision);
      return () => {
        const n = units(name);
        if (Math.abs(n) >= limit) throw new Unreadable(`column ${name} has more than ${type.precision} digits`);
        return decimalOfUnits(n, type);
      };
    }
    case 'list': {
      const element = rowReader(type.of);
      return () => {
        const rows: AnyRow[] = [];
        for (let count = long(); count !== 0; count = long()) {
          // A negative count is followed by the size of the block.
          if (count < 0) long();
          const rest = Math.abs(count);
          // Every element takes a byte at least: what claims more is noise.
          if (rest > buffer.length - at) throw new Unreadable('it ends too early');
          for (let i = 0; i < rest; i++) rows.push(element());
        }
        return rows;
      };
    }
    default:
      return assertNever(type, 'field type');
  }
}

/** A reader that reads null where the branch before the value says so. */
function orNull({ name }: Field, read: Read): Read {
  return () => {
    const branch = buffer[at++];
    if (branch === 0) return null;
    if (branch === 2) return read();
    throw new Unreadable(at > buffer.length ? 'it ends too early' : `column ${name} has no branch ${branch}`);
  };
}

/** Reads the columns of a row one after the other. Rows have the columns of `more` too, null at first. */
function rowReader(schema: RowSchema, more: readonly string[] = []): () => AnyRow {
  const reads = schema.fields.map((field) => (field.nullable ? orNull(field, readerOf(field)) : readerOf(field)));
  const build = rowBuilder([...schema.fields.map((field) => field.name), ...more]);
  const columns: readonly Read[] = [...reads, ...more.map(() => () => null)];
  const next = (index: number): Value => columns[index]!();
  return () => build(next);
}

/**
 * The reader of rows of a schema. Rows have the columns of `room` too, null at first: who adds columns later does not
 * change their shape.
 */
export function flatReader(schema: RowSchema, room: readonly string[] = []): FlatReader {
  const names = schema.fields.map((field) => field.name);
  const readRow = rowReader(
    schema,
    room.filter((name) => !names.includes(name)),
  );
  return {
    read(bytes, from) {
      buffer = bytes;
      if (view.buffer !== bytes.buffer) view = new DataView(bytes.buffer);
      at = from;
      try {
        const row = readRow();
        if (at > bytes.length) return 'it ends too early';
        return at < bytes.length ? `${bytes.length - at} bytes are left over` : row;
      } catch (error) {
        if (error instanceof Unreadable) return error.message;
        throw error;
      }
    },
  };
}

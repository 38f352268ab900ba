import { assertNever } from '@medallion/core';
import { RowRefusedError } from '@medallion/runtime';
import { type AnyRow, decimalUnits, type Field, jsonText, rowVisitor, type Value } from '@medallion/schema';

/** 2000-01-01, where Postgres counts from. */
const EPOCH_MS = 946_684_800_000;
const EPOCH_DAY = 10_957;
const TWO_32 = 2 ** 32;

/** `PGCOPY\n\377\r\n\0`, no flags, no extension. */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
/** A CopyData message: its type and its length come before the data. */
const FRAME_BYTES = 5;
const COPY_DATA = 0x64;

// One buffer for all batches: the rows are written into it and copied out once, at their final length.
let buffer = Buffer.allocUnsafe(1 << 20);
let at = 0;

function reserve(bytes: number): void {
  if (at + bytes <= buffer.length) return;
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
  buffer.copy(larger, 0, 0, at);
  buffer = larger;
}

function int64(value: number): void {
  const high = Math.floor(value / TWO_32);
  buffer.writeInt32BE(8, at);
  buffer.writeInt32BE(high, at + 4);
  buffer.writeUInt32BE(value - high * TWO_32, at + 8);
  at += 12;
}

function int32(value: number): void {
  buffer.writeInt32BE(4, at);
  buffer.writeInt32BE(value, at + 4);
  at += 8;
}

/** Digits to the base of 10,000, most significant first; as many as a decimal of 15 digits can have. */
const groups = new Int16Array(6);
const BASE = 10_000;

/**
 * A decimal as Postgres keeps it: the number of its digits to the base of 10,000, the weight of the first, the sign, how
 * many decimal digits are behind the point, the digits. `units` is the number without its point.
 */
function numeric(units: number, scale: number): void {
  // Groups are counted from the point: whole ones behind it, so that the last one may need zeros.
  const behind = Math.ceil(scale / 4);
  const pad = 10 ** (behind * 4 - scale);
  let rest = Math.abs(units);
  let first = groups.length;
  // The last group first: it holds what is left of it and the padding.
  const part = BASE / pad;
  for (let size = part, unit = pad; rest > 0; size = BASE, unit = 1) {
    const next = Math.floor(rest / size);
    groups[--first] = (rest - next * size) * unit;
    rest = next;
  }
  const count = groups.length - first;
  at = buffer.writeInt32BE(8 + count * 2, at);
  at = buffer.writeInt16BE(count, at);
  at = buffer.writeInt16BE(count === 0 ? 0 : count - 1 - behind, at);
  at = buffer.writeUInt16BE(units < 0 ? 0x4000 : 0, at);
  at = buffer.writeInt16BE(scale, at);
  for (let i = first; i < groups.length; i++) at = buffer.writeInt16BE(groups[i]!, at);
}

/** jsonb: the version of its binary form, then JSON text. */
function jsonb(text: string): void {
  reserve(FIXED_BYTES + text.length * 3);
  const bytes = buffer.write(text, at + 5);
  at = buffer.writeInt32BE(bytes + 1, at);
  buffer[at] = 1;
  at += 1 + bytes;
}

type Write = (value: Value) => void;

const refuse = (field: Field, value: Value): never => {
  throw new RowRefusedError(`column "${field.name}" (${field.type.kind}) cannot hold ${String(value).slice(0, 40)}`);
};

/** Writes a value that is not null with its length before it. `reserve` has made room for all but text. */
function writerOf(field: Field): Write {
  const whole = (value: Value, least: number, most: number): number =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : refuse(field, value);
  switch (field.type.kind) {
    case 'boolean':
      return (value) => {
        buffer.writeInt32BE(1, at);
        buffer[at + 4] = value === true ? 1 : 0;
        at += 5;
      };
    case 'int':
      return (value) => int32(whole(value, -2147483648, 2147483647));
    case 'long':
      return (value) => int64(whole(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
    case 'double':
      return (value) => {
        if (!Number.isFinite(value)) refuse(field, value);
        buffer.writeInt32BE(8, at);
        buffer.writeDoubleBE(value as number, at + 4);
        at += 12;
      };
    case 'string':
    case 'enum':
      return (value) => {
        const text = value as string;
        // No character needs more than three bytes per UTF-16 unit.
        reserve(FIXED_BYTES + text.length * 3);
        const bytes = buffer.write(text, at + 4);
        buffer.writeInt32BE(bytes, at);
        at += 4 + bytes;
      };
    case 'timestamp':
      return (value) => {
        const ms = whole(value, -8.64e15, 8.64e15) - EPOCH_MS;
        // Microseconds leave the safe integers 285 years from 2000; beyond them their lower half is exact arithmetic on its own.
        if (Math.abs(ms) < 9e12) int64(ms * 1000);
        else int64Of(BigInt(ms) * 1000n);
      };
    case 'date':
      return (value) => int32(whole(value, -100_000_000, 100_000_000) - EPOCH_DAY);
    case 'decimal': {
      const { type } = field;
      return (value) => numeric(decimalUnits(value, type) ?? refuse(field, value), type.scale);
    }
    case 'list': {
      const text = jsonText(field.type);
      return (value) => jsonb(Array.isArray(value) ? text(value) : refuse(field, value));
    }
    default:
      return assertNever(field.type, 'field type');
  }
}

function int64Of(value: bigint): void {
  buffer.writeInt32BE(8, at);
  buffer.writeBigInt64BE(value, at + 4);
  at += 12;
}

/** What a value of any type but text and lists needs with its length, and the length of a text. */
const FIXED_BYTES = 24;

/** Turns rows into the CopyData message of a binary COPY of `fields`. Throws RowRefusedError for a value that does not fit. */
export function binaryRows(fields: readonly Field[]): (rows: readonly AnyRow[]) => Buffer {
  const writes = fields.map(writerOf);
  const visit = rowVisitor(fields.map(({ name }) => name));
  const column = (index: number, value: unknown): boolean => {
    // The room for the rest of the row may have gone to a text.
    reserve(FIXED_BYTES);
    if (value === null || value === undefined) at = buffer.writeInt32BE(-1, at);
    else writes[index]!(value as Value);
    return true;
  };
  return (rows) => {
    at = FRAME_BYTES;
    at += HEADER.copy(buffer, at);
    for (const row of rows) {
      reserve(2);
      at = buffer.writeInt16BE(fields.length, at);
      visit(row, column);
    }
    reserve(2);
    at = buffer.writeInt16BE(-1, at);
    buffer[0] = COPY_DATA;
    buffer.writeInt32BE(at - 1, 1);
    return Buffer.from(buffer.subarray(0, at));
  };
}

import { assertNever, type EpochDay, type Instant } from '@medallion/core';
import { RowRefusedError } from '@medallion/runtime';
import { decimalUnits, type FieldType, jsonText, unitsText, type Value } from '@medallion/schema';
import { dateText, timestampText } from './sql-text.ts';

/** Writes a value that is not null as an element of an array literal. */
export type Element<V> = (value: V) => string;

const SPECIAL = /["\\]/g;
const HAS_SPECIAL = /["\\]/;

/** Text as an element. Throws RowRefusedError on NUL, which Postgres' text cannot hold. */
export function textElement(text: string): string {
  if (text.includes('\0')) throw new RowRefusedError('a text holds NUL');
  return HAS_SPECIAL.test(text) ? `"${text.replace(SPECIAL, '\\$&')}"` : `"${text}"`;
}

/** A number as an element. Throws RowRefusedError unless it is finite: NaN would stay in every sum that it met. */
export function numberElement(value: number): string {
  if (!Number.isFinite(value)) throw new RowRefusedError(`${value} is no finite number`);
  return String(value);
}

export const booleanElement: Element<boolean> = (value) => (value ? 't' : 'f');
// The quotes keep a date of an era before Christ, which has a space in it, in one piece.
export const timestampElement: Element<Instant> = (value) => `"${timestampText(finite(value))}"`;
export const dateElement: Element<EpochDay> = (value) => `"${dateText(finite(value))}"`;

function finite<T extends number>(value: T): T {
  if (!Number.isFinite(value)) throw new RowRefusedError(`${value} is no instant`);
  return value;
}

/** How values of a column's type are written. */
export function elementOf(type: FieldType): Element<Value> {
  switch (type.kind) {
    case 'boolean':
      return booleanElement as Element<Value>;
    case 'int':
    case 'long':
    case 'double':
      return numberElement as Element<Value>;
    case 'string':
    case 'enum':
      return textElement as Element<Value>;
    case 'timestamp':
      return timestampElement as Element<Value>;
    case 'date':
      return dateElement as Element<Value>;
    case 'decimal':
      return (value) => {
        const units = decimalUnits(value, type);
        if (units === null) throw new RowRefusedError(`${value} is no decimal(${type.precision},${type.scale})`);
        return unitsText(units, type.scale);
      };
    case 'list': {
      const text = jsonText(type);
      return (value) => textElement(text(value));
    }
    default:
      return assertNever(type, 'field type');
  }
}

/**
 * A one-dimensional array literal. The parameters of multi-row statements are such texts: one string a column is a
 * third of the work of one parameter a value.
 */
export function arrayOf<T, V>(items: readonly T[], pick: (item: T) => V | null, element: Element<V>): string {
  let out = '{';
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out += ',';
    const value = pick(items[i]!);
    out += value === null ? 'NULL' : element(value);
  }
  return `${out}}`;
}

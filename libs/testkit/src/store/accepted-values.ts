import { assertNever } from '@medallion/core';
import { RowRefusedError } from '@medallion/runtime';
import { decimalUnits, type Field, type Value } from '@medallion/schema';

/** An index entry has to fit on a third of a page. Postgres compresses first, so it takes some longer texts. */
const MAX_KEY_BYTES = 2_700;

/** Throws RowRefusedError for what Postgres would not take as a value of the column. */
export function checkValue(field: Pick<Field, 'name' | 'type' | 'nullable'>, value: Value): void {
  if (value === null && field.nullable) return;
  if (!accepts(field, value))
    throw new RowRefusedError(`column "${field.name}" (${field.type.kind}) cannot hold ${String(value).slice(0, 40)}`);
}

/** Throws RowRefusedError for texts that are too long for the index of a key. */
export function checkKeyText(values: readonly Value[]): void {
  const bytes = values.reduce<number>((sum, v) => sum + (typeof v === 'string' ? Buffer.byteLength(v) : 8), 0);
  if (bytes > MAX_KEY_BYTES) throw new RowRefusedError(`a key of ${bytes} bytes is too long for an index`);
}

function accepts({ type }: Pick<Field, 'type'>, value: Value): boolean {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && Math.abs((value as number) + 0.5) <= 2 ** 31;
    case 'long':
    case 'timestamp':
    case 'date':
      return Number.isSafeInteger(value);
    case 'double':
      return Number.isFinite(value);
    case 'string':
    case 'enum':
      return typeof value === 'string' && !value.includes('\0');
    case 'decimal':
      return decimalUnits(value, type) !== null;
    case 'list':
      return Array.isArray(value) && value.every((row) => type.of.fields.every((f) => acceptsOrNull(f, row[f.name])));
    default:
      return assertNever(type, 'field type');
  }
}

const acceptsOrNull = (field: Pick<Field, 'type'>, value: Value | undefined): boolean =>
  value === undefined || value === null || accepts(field, value);

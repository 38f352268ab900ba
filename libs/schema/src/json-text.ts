import { assertNever, type EpochDay, type Instant } from '@medallion/core';
import type { AnyRow, FieldType, RowSchema, Value } from './field.ts';
import { rowVisitor } from './row-access.ts';

const DAY_MS = 86_400_000;

/** Makes the JSON text of values of a type: instants as ISO-8601 in UTC, days as `2026-12-24`, decimals with all digits. */
export function jsonText(type: FieldType): (value: Value) => string {
  const text = textOf(type);
  return (value) => (value === null ? 'null' : text(value));
}

function textOf(type: FieldType): (value: NonNullable<Value>) => string {
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'double':
    case 'decimal':
    case 'string':
    case 'enum':
      return (value) => JSON.stringify(value);
    case 'timestamp':
      return (value) => `"${new Date(value as Instant).toISOString()}"`;
    case 'date':
      return (value) => `"${new Date((value as EpochDay) * DAY_MS).toISOString().slice(0, -14)}"`;
    case 'list': {
      const row = rowText(type.of);
      return (value) => `[${(value as readonly AnyRow[]).map(row).join(',')}]`;
    }
    default:
      return assertNever(type, 'field type');
  }
}

/** Makes the JSON object of rows of a schema, its columns in order. */
export function rowText(schema: RowSchema): (row: AnyRow) => string {
  const names = schema.fields.map(({ name }) => JSON.stringify(name));
  const texts = schema.fields.map((field) => jsonText(field.type));
  const visit = rowVisitor(schema.fields.map(({ name }) => name));
  return (row) => {
    let out = '';
    visit(row, (index, value) => {
      out += `${index === 0 ? '' : ','}${names[index]}:${texts[index]!((value ?? null) as Value)}`;
      return true;
    });
    return `{${out}}`;
  };
}

import { assertNever } from '@medallion/core';
import type { AnyRow, FieldType, RowSchema, Value } from '@medallion/schema';

/** Some row of a schema: encoded, it names the schema to a decoder that has not read a row yet. */
export const sampleRow = (schema: RowSchema): AnyRow =>
  Object.fromEntries(schema.fields.map(({ name, type, nullable }) => [name, nullable ? null : some(type)]));

function some(type: FieldType): Value {
  switch (type.kind) {
    case 'boolean':
      return false;
    case 'int':
    case 'long':
    case 'double':
    case 'decimal':
    case 'timestamp':
    case 'date':
      return 0;
    case 'string':
      return '';
    case 'enum':
      return type.symbols[0] ?? '';
    case 'list':
      return [];
    default:
      return assertNever(type, 'field type');
  }
}

import { assertNever } from '@medallion/core';
import type { FieldType } from '@medallion/schema';

/** A type for people: `decimal(10, 2)`, `one of open, done`, `list of (sku string, price double)`. */
export function typeText(type: FieldType): string {
  switch (type.kind) {
    case 'enum':
      return `one of ${type.symbols.join(', ')}`;
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'list':
      return `list of (${type.of.fields.map((field) => `${field.name} ${typeText(field.type)}`).join(', ')})`;
    case 'boolean':
    case 'int':
    case 'long':
    case 'double':
    case 'string':
    case 'timestamp':
    case 'date':
      return type.kind;
    default:
      return assertNever(type, 'field type');
  }
}

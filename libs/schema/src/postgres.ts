import { assertNever } from '@medallion/core';
import type { FieldType } from './field.ts';

/** The Postgres type of a column. */
export function postgresType(type: FieldType): string {
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'int':
      return 'integer';
    case 'long':
      return 'bigint';
    case 'double':
      return 'double precision';
    case 'string':
    case 'enum':
      return 'text';
    case 'timestamp':
      return 'timestamptz(3)';
    case 'date':
      return 'date';
    case 'decimal':
      return `numeric(${type.precision},${type.scale})`;
    case 'list':
      return 'jsonb';
    default:
      return assertNever(type, 'field type');
  }
}

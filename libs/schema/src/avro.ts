import { assertNever } from '@medallion/core';
import type { Field, FieldType, RowSchema } from './field.ts';

/** The JSON form of an Avro type, as far as rows need it. */
export type AvroType =
  | string
  | { readonly type: string; readonly logicalType: string }
  | readonly [null: 'null', type: AvroType];

/** An Avro record schema in its JSON form. */
export type AvroRecord = {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: AvroType;
    readonly doc?: string;
    readonly default?: null;
  }[];
};

function avroType(type: FieldType): AvroType {
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'double':
    case 'string':
      return type.kind;
    // An Avro enum cannot gain a symbol without breaking readers of the old schema.
    case 'enum':
      return 'string';
    case 'timestamp':
      return { type: 'long', logicalType: 'timestamp-millis' };
    case 'date':
      return { type: 'int', logicalType: 'date' };
    default:
      return assertNever(type, 'field type');
  }
}

function avroField(field: Field): AvroRecord['fields'][number] {
  const doc = field.doc === undefined ? {} : { doc: field.doc };
  return field.nullable
    ? { name: field.name, type: ['null', avroType(field.type)], default: null, ...doc }
    : { name: field.name, type: avroType(field.type), ...doc };
}

/** The Avro record schema of a row. `namespace` must be a dotted name; nullable columns default to null, so that they can be added later. */
export function toAvro(schema: RowSchema, namespace: string): AvroRecord {
  return { type: 'record', name: schema.name, namespace, fields: schema.fields.map(avroField) };
}

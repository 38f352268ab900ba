import { assertNever } from '@medallion/core';
import type { Field, FieldType, RowSchema } from './field.ts';

/** The JSON form of an Avro type, as far as rows need it. */
export type AvroType =
  | string
  | { readonly type: string; readonly logicalType: string; readonly precision?: number; readonly scale?: number }
  | { readonly type: 'array'; readonly items: AvroNested }
  | readonly [null: 'null', type: AvroType];

type AvroField = {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly default?: null;
};

/** A record within another, whose namespace it shares. */
export type AvroNested = { readonly type: 'record'; readonly name: string; readonly fields: readonly AvroField[] };

/** An Avro record schema in its JSON form. */
export type AvroRecord = AvroNested & { readonly namespace: string };

/** `path` names the record that a list would hold: by where it is, so that it is unique and stays the same. */
function avroType(type: FieldType, path: string): AvroType {
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
    case 'decimal':
      return { type: 'bytes', logicalType: 'decimal', precision: type.precision, scale: type.scale };
    case 'list':
      return { type: 'array', items: { type: 'record', name: path, fields: avroFields(type.of, path) } };
    default:
      return assertNever(type, 'field type');
  }
}

const avroFields = (schema: RowSchema, path: string): readonly AvroField[] =>
  schema.fields.map((field) => avroField(field, `${path}_${field.name}`));

function avroField(field: Field, path: string): AvroField {
  const doc = field.doc === undefined ? {} : { doc: field.doc };
  return field.nullable
    ? { name: field.name, type: ['null', avroType(field.type, path)], default: null, ...doc }
    : { name: field.name, type: avroType(field.type, path), ...doc };
}

/**
 * The Avro record schema of a row. `namespace` must be a dotted name; nullable columns default to null, so that they can
 * be added later. The record in a list is named by its place, `<row>_<column>`.
 */
export function toAvro(schema: RowSchema, namespace: string): AvroRecord {
  return { type: 'record', name: schema.name, namespace, fields: avroFields(schema, schema.name) };
}

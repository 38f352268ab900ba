import type { AvroRecord } from '@medallion/schema';
import avsc, { type Type } from 'avsc';
import { boundedTypes } from './bounded-types.ts';
import { logicalTypes } from './logical-types.ts';
import { meaningTypes, wideLong } from './meaning-types.ts';
import type { WriterSchema } from './registry.ts';

/** The type of the rows, which come out as plain objects. */
export function rowType(schema: AvroRecord): Type {
  const options = { omitRecordMethods: true, logicalTypes, typeHook: boundedTypes };
  const type = avsc.Type.forSchema(schema as unknown as avsc.Schema, options as never);
  plainRecords(type as TypeParts);
  return type;
}

/** What avsc's types have within them. */
type TypeParts = {
  readonly recordConstructor?: { prototype: object };
  readonly fields?: readonly { readonly type: TypeParts }[];
  readonly types?: readonly TypeParts[];
  readonly itemsType?: TypeParts;
  readonly valuesType?: TypeParts;
  readonly underlyingType?: TypeParts;
};

/** avsc makes a class per record; with this its instances are what a row literal is, also to deepEqual. */
function plainRecords(type: TypeParts, seen = new Set<TypeParts>()): void {
  // A schema may refer to itself.
  if (seen.has(type)) return;
  seen.add(type);
  if (type.recordConstructor) type.recordConstructor.prototype = Object.prototype;
  for (const field of type.fields ?? []) plainRecords(field.type, seen);
  for (const branch of type.types ?? []) plainRecords(branch, seen);
  for (const below of [type.itemsType, type.valuesType, type.underlyingType]) if (below) plainRecords(below, seen);
}

/** The type of a schema as its writer has registered it, with those that it refers to. Throws for what is no schema. */
export function writerType(schemas: WriterSchema): Type {
  const options = { registry: {}, logicalTypes, typeHook: boundedTypes };
  const types = schemas.map((schema) => avsc.Type.forSchema(schema as avsc.Schema, options as never));
  return types.at(-1)!;
}

/**
 * The type of a schema whose values come out as plain values with their meaning: see RecordDecoder in the runtime's ports.
 * Throws for what is no schema of records.
 */
export function recordType(schemas: WriterSchema): Type {
  const options = {
    registry: { long: wideLong },
    logicalTypes: meaningTypes,
    omitRecordMethods: true,
    typeHook: boundedTypes,
  };
  const types = schemas.map((schema) => avsc.Type.forSchema(schema as avsc.Schema, options as never));
  const type = types.at(-1)!;
  if (type.typeName !== 'record') throw new Error(`its values are no records but of type ${type.typeName}`);
  plainRecords(type as TypeParts);
  return type;
}

/** Whether what one type has written is what the other reads, byte for byte. Fingerprints leave logical types out. */
export const isSameAs = (a: Type, b: Type): boolean =>
  a.fingerprint().equals(b.fingerprint()) &&
  logicOf(a.schema({ exportAttrs: true })) === logicOf(b.schema({ exportAttrs: true }));

/** The logical types of a schema in the order of its columns. */
function logicOf(schema: unknown): string {
  const found: unknown[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { logicalType, precision, scale } = node as Record<string, unknown>;
    if (logicalType !== undefined) found.push([logicalType, precision, scale]);
    else found.push(null);
    for (const [key, child] of Object.entries(node)) if (key !== 'default') visit(child);
  };
  visit(schema);
  return JSON.stringify(found);
}

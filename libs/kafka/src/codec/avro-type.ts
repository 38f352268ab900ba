import type { AvroRecord } from '@medallion/schema';
import avsc, { type Type } from 'avsc';
import { logicalTypes } from './logical-types.ts';
import type { WriterSchema } from './registry.ts';

/** The type of the rows, which come out as plain objects. */
export function rowType(schema: AvroRecord): Type {
  const type = avsc.Type.forSchema(schema as unknown as avsc.Schema, { omitRecordMethods: true, logicalTypes });
  plainRecords(type as TypeParts);
  return type;
}

/** What avsc's types have within them. */
type TypeParts = {
  readonly recordConstructor?: { prototype: object };
  readonly fields?: readonly { readonly type: TypeParts }[];
  readonly types?: readonly TypeParts[];
  readonly itemsType?: TypeParts;
};

/** avsc makes a class per record; with this its instances are what a row literal is, also to deepEqual. */
function plainRecords(type: TypeParts): void {
  if (type.recordConstructor) type.recordConstructor.prototype = Object.prototype;
  for (const field of type.fields ?? []) plainRecords(field.type);
  for (const branch of type.types ?? []) plainRecords(branch);
  if (type.itemsType) plainRecords(type.itemsType);
}

/** The type of a schema as its writer has registered it, with those that it refers to. Throws for what is no schema. */
export function writerType(schemas: WriterSchema): Type {
  const registry = {};
  const types = schemas.map((schema) => avsc.Type.forSchema(schema as avsc.Schema, { registry, logicalTypes }));
  return types.at(-1)!;
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

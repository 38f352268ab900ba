import type { Field, FieldType, RowSchema } from '@medallion/schema';

/** The types that a column may be added with, by the Avro type or logical type that they are written as. */
const ADDABLE: ReadonlyMap<unknown, FieldType> = new Map<unknown, FieldType>([
  ...(['boolean', 'int', 'long', 'double', 'string'] as const).map((kind) => [kind, { kind }] as const),
  ['timestamp-millis', { kind: 'timestamp' }],
  ['date', { kind: 'date' }],
]);

/** The nullable columns of a writer's record that a schema lacks, those whose type is known. */
export function columnsBeyond(writer: unknown, schema: RowSchema): readonly Field[] {
  const { fields } = (writer ?? {}) as { readonly fields?: unknown };
  if (!Array.isArray(fields)) return [];
  const known = new Set(schema.fields.map(({ name }) => name));
  return fields.flatMap(({ name, type, doc }: Record<string, unknown>): Field[] => {
    if (typeof name !== 'string' || known.has(name)) return [];
    if (!Array.isArray(type) || type.length !== 2 || type[0] !== 'null') return [];
    const written = type[1] as unknown;
    const { logicalType } = Object(written) as { readonly logicalType?: unknown };
    const found = ADDABLE.get(logicalType ?? written);
    if (found === undefined) return [];
    return [{ name, type: found, nullable: true, ...(typeof doc === 'string' ? { doc } : {}) }];
  });
}

/** A field of an Avro schema as people read it. */
export type AvroField = { readonly name: string; readonly type: string; readonly doc: string | null };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of a record schema; none of anything else. */
export function fieldsOf(schema: unknown): readonly AvroField[] {
  if (!isRecord(schema) || !Array.isArray(schema.fields)) return [];
  return schema.fields.filter(isRecord).map((field) => ({
    name: String(field.name),
    type: typeText(field.type),
    doc: typeof field.doc === 'string' ? field.doc : null,
  }));
}

/** A type in a few words: `long or null`, `list of string`, `decimal(10, 2)`. */
export function typeText(type: unknown): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) {
    const others = type.filter((each) => each !== 'null').map(typeText);
    return [...others, ...(type.includes('null') ? ['null'] : [])].join(' or ');
  }
  if (!isRecord(type)) return String(type);
  if (type.logicalType === 'decimal') return `decimal(${String(type.precision)}, ${String(type.scale ?? 0)})`;
  if (typeof type.logicalType === 'string') return type.logicalType;
  switch (type.type) {
    case 'array':
      return `list of ${typeText(type.items)}`;
    case 'map':
      return `map of ${typeText(type.values)}`;
    case 'record':
      return `(${fieldsOf(type)
        .map(({ name, type: of }) => `${name} ${of}`)
        .join(', ')})`;
    case 'enum':
      return Array.isArray(type.symbols) ? type.symbols.join(' | ') : 'enum';
    default:
      return typeText(type.type);
  }
}

export type FieldChange = {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed' | 'same';
  readonly before: string | null;
  readonly after: string | null;
};

/** Two versions field by field, in the order of the newer; what it lacks comes last. */
export function compared(before: unknown, after: unknown): readonly FieldChange[] {
  const old = new Map(fieldsOf(before).map(({ name, type }) => [name, type]));
  const now = fieldsOf(after);
  const kept = new Set(now.map(({ name }) => name));
  return [
    ...now.map(({ name, type }): FieldChange => {
      const was = old.get(name) ?? null;
      const change = was === null ? 'added' : was === type ? 'same' : 'changed';
      return { name, change, before: was, after: type };
    }),
    ...[...old]
      .filter(([name]) => !kept.has(name))
      .map(([name, type]): FieldChange => ({ name, change: 'removed', before: type, after: null })),
  ];
}

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

/** A definition of custom resources, as far as it is read here. */
export type Crd = {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema: Json } }[];
  };
};

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The JSON schemas of a definition's versions, by the file name that kubeconform is told to look for. An object with properties
 * takes no others, as the server would drop those, unless it says that it keeps them.
 */
export function schemasOfCrd({ spec: { group, names, versions } }: Crd): ReadonlyMap<string, Json> {
  const files = new Map<string, Json>();
  for (const { name, schema } of versions) {
    if (schema === undefined) continue;
    const strict = closed(schema.openAPIV3Schema, 'schema');
    if (!isFields(strict)) continue;
    const properties = isFields(strict.properties) ? strict.properties : {};
    const file = `${names.kind.toLowerCase()}-${group}-${name}.json`;
    files.set(file, { ...strict, properties: { ...properties, metadata: { type: 'object' } } });
  }
  return files;
}

/** `place`: what the value is to JSON schema; names of properties are no keywords. */
function closed(value: Json, place: 'schema' | 'properties'): Json {
  if (Array.isArray(value)) return value.map((each: Json) => closed(each, place));
  if (!isFields(value)) return value;
  if (place === 'properties')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, closed(each, 'schema')]));
  const parts = Object.entries(value).flatMap(([key, each]): [string, Json][] => {
    if (key === 'properties') return [[key, closed(each, 'properties')]];
    if (['items', 'allOf', 'anyOf', 'oneOf', 'not', 'additionalProperties'].includes(key))
      // What is within oneOf adds to what stands beside it, and must not forbid that.
      return [[key, key === 'items' || key === 'additionalProperties' ? closed(each, 'schema') : each]];
    // Patterns and formats of Go, which other engines read otherwise.
    return key === 'format' || key === 'default' || key === 'example' ? [] : [[key, each]];
  });
  const fields: Fields = Object.fromEntries(parts);
  if (fields['x-kubernetes-int-or-string'] === true) {
    const { type: _, anyOf: __, ...rest } = fields;
    return { ...rest, type: ['integer', 'string'] };
  }
  const open = fields['x-kubernetes-preserve-unknown-fields'] === true || fields.additionalProperties !== undefined;
  const typed = fields.nullable === true && typeof fields.type === 'string' ? { type: [fields.type, 'null'] } : {};
  const kept = { ...fields, ...typed };
  return open || !isFields(fields.properties) ? kept : { ...kept, additionalProperties: false };
}

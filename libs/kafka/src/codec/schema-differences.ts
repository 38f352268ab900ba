type Named = { readonly name?: unknown; readonly type?: unknown; readonly [attribute: string]: unknown };

/** How deep records within records are compared; below, only whether they are the same. */
const DEEP = 8;

/**
 * What became of an Avro schema from one version to the next, in words: fields that came and went, and what changed of the
 * others; empty where nothing did. Of other schemas only whether they differ.
 *
 * @example schemaDifferences(before, after) // ['adds "city" (string or null)', '"amount" was long, is double']
 */
export function schemaDifferences(before: unknown, after: unknown): readonly string[] {
  const found = different(before, after, '', 0);
  return found.length > 0 || same(before, after) ? found : ['changed'];
}

function different(before: unknown, after: unknown, path: string, depth: number): readonly string[] {
  const [was, is] = [recordIn(before), recordIn(after)];
  if (was === null || is === null || depth > DEEP) return [];
  const fields = { was: byName(was), is: byName(is) };
  const label = (name: string): string => JSON.stringify(`${path}${name}`);
  return [
    ...(was.name === is.name ? [] : [`record ${was.name} is named ${is.name}`]),
    ...[...fields.is]
      .filter(([name]) => !fields.was.has(name))
      .map(([name, f]) => `adds ${label(name)} (${typeText(f.type)})`),
    ...[...fields.was]
      .filter(([name]) => !fields.is.has(name))
      .map(([name, f]) => `removes ${label(name)} (${typeText(f.type)})`),
    ...[...fields.is].flatMap(([name, field]) => {
      const former = fields.was.get(name);
      return former === undefined ? [] : changed(former, field, `${path}${name}`, depth);
    }),
  ];
}

function changed(was: Named, is: Named, path: string, depth: number): readonly string[] {
  const name = JSON.stringify(path);
  const [before, after] = [typeText(was.type), typeText(is.type)];
  const type = before === after ? [] : [`${name} was ${before}, is ${after}`];
  const within = different(was.type, is.type, `${path}.`, depth + 1);
  const doc = same(was.doc, is.doc) ? [] : [`${name} is described otherwise`];
  const standard = same(was.default, is.default)
    ? []
    : [`${name} has ${is.default === undefined ? 'no default' : `the default ${JSON.stringify(is.default)}`}`];
  const rest = type.length + within.length > 0 || same(was.type, is.type) ? [] : [`the type of ${name} changed`];
  return [...type, ...within, ...standard, ...doc, ...rest];
}

/** The record of a schema: itself, the elements of a list, or what may be null. */
function recordIn(schema: unknown): (Named & { readonly fields: readonly unknown[] }) | null {
  if (Array.isArray(schema)) return schema.map(recordIn).find((each) => each !== null) ?? null;
  if (typeof schema !== 'object' || schema === null) return null;
  const { type, items, fields } = schema as Named;
  if (type === 'record' && Array.isArray(fields)) return schema as Named & { readonly fields: readonly unknown[] };
  return type === 'array' ? recordIn(items) : typeof type === 'object' ? recordIn(type) : null;
}

const byName = ({ fields }: { readonly fields: readonly unknown[] }): ReadonlyMap<string, Named> =>
  new Map(
    fields.flatMap((field): [string, Named][] => {
      const named = field as Named | null;
      return typeof named === 'object' && typeof named?.name === 'string' ? [[named.name, named]] : [];
    }),
  );

/** A type in words: `string or null`, `decimal(12,2)`, `list of Item`. */
function typeText(type: unknown): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) {
    const others = type.filter((each) => each !== 'null').map(typeText);
    return [...others, ...(type.includes('null') ? ['null'] : [])].join(' or ');
  }
  if (typeof type !== 'object' || type === null) return 'unknown';
  const { type: kind, logicalType, precision, scale, items, name, symbols } = type as Named;
  if (logicalType === 'decimal') return `decimal(${String(precision)},${String(scale ?? 0)})`;
  if (typeof logicalType === 'string') return logicalType;
  if (kind === 'array') return `list of ${typeText(items)}`;
  if (kind === 'enum') return `one of ${JSON.stringify(symbols)}`;
  return kind === 'record' ? String(name) : typeText(kind);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

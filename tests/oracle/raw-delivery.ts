import { isUtf8 } from 'node:buffer';

/** A record of the raw topic: all that the oracle knows. */
export type RawRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
};

// pipelines.md §1, the table of fields: `integer` is the schema type int (32 bits), `number` a double.
const FIELDS = {
  event_id: 'string',
  delivery_id: 'string',
  timestamp: 'string',
  city: 'string',
  country: 'string',
  region: 'string',
  latitude: 'number',
  longitude: 'number',
  gift_type: 'string',
  gift_count: 'integer',
  status: 'string',
  weather: 'string',
  distance_km: 'number',
  delivery_time_minutes: 'number',
  sleigh_id: 'string',
  route_variant: 'string',
} as const;

const COLUMNS = Object.entries(FIELDS);

type Kind = (typeof FIELDS)[keyof typeof FIELDS];
type TypeOf = { readonly string: string; readonly number: number; readonly integer: number };

/** A delivery as bronze keeps it: the declared columns, each null where nothing came that fits its type. */
export type RawDelivery = { readonly [K in keyof typeof FIELDS]: TypeOf[(typeof FIELDS)[K]] | null };

/** Whether a column of that type can hold the value: finite doubles, 32-bit integers, well-formed text without NUL. */
function fits(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string' && !value.includes('\u0000') && value.isWellFormed();
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
  }
}

/**
 * The bytes as bronze reads them; null where "an input cannot be parsed at all" (pipelines.md, common rules): no bytes,
 * no UTF-8, no JSON, or JSON that is no object.
 */
export function readDelivery(value: Buffer | null): RawDelivery | null {
  if (value === null || !isUtf8(value)) return null;
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch {
    return null;
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return null;
  const row: Record<string, unknown> = {};
  for (const [name, kind] of COLUMNS) {
    // Its own fields only: `__proto__` in the text is a field like any other, and says nothing about the others.
    const found = Object.hasOwn(json, name) ? (json as Record<string, unknown>)[name] : null;
    row[name] = fits(kind, found) ? found : null;
  }
  return row as unknown as RawDelivery;
}

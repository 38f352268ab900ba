import { assertNever } from '@medallion/core';
import type { Delivery } from './delivery.ts';
import { encode, encodeText } from './encode.ts';
import type { DamageKind } from './kinds.ts';
import type { Random } from './random.ts';

const BAD_TIMESTAMPS = ['', 'yesterday', '24.12.2025 23:00', '2025-13-45T25:61:61.000Z', 'T-1'] as const;
const BAD_STATUSES = ['', 'lost', 'DELIVERED', 'in_transit', 'eaten by a reindeer'] as const;
const BAD_COORDINATES: readonly Partial<Delivery>[] = [
  { latitude: 90.0001 },
  { latitude: -123.4 },
  { longitude: 180.5 },
  { longitude: -999 },
  { latitude: 91, longitude: 181 },
];
const BAD_COUNTS = [0, -1, -12] as const;
const SCALARS = ['[]', '[1,2,3]', '"a present"', '42', 'true', 'null'] as const;
const CITY_EMOJI = ['🎅🏽 North Pole 🎄', 'Z̷a̶l̸g̷o͜town', 'القدس', '👨‍👩‍👧‍👦\u200d\ufeff', '𝔖𝔞𝔫𝔱𝔞'] as const;
const OTHER_TYPES: readonly (readonly [keyof Delivery, unknown])[] = [
  ['gift_count', 'three'],
  ['gift_count', 2.5],
  ['latitude', 'north'],
  ['longitude', [1, 2]],
  ['timestamp', 1_766_570_400_000],
  ['timestamp', { seconds: 1 }],
  ['status', true],
  ['delivery_id', 17],
  ['event_id', 4711],
  ['city', { name: 'Paris' }],
  ['weather', 3],
  ['distance_km', 'far'],
  ['delivery_time_minutes', false],
];
/** With the envelope below the megabyte that a broker accepts by default. */
const OVERSIZE = 900_000;

const changed = (event: Delivery, change: object): Buffer =>
  Buffer.from(JSON.stringify({ ...event, ...change }), 'utf8');

/** Adds members as they are written, for what JSON.stringify would not write. */
const withMembers = (event: Delivery, members: string): Buffer =>
  Buffer.from(`${encodeText(event).slice(0, -1)},${members}}`, 'utf8');

/** Puts another literal in place of a field's number. */
const withLiteral = (event: Delivery, field: keyof Delivery, literal: string): Buffer =>
  Buffer.from(encodeText(event).replace(`"${field}":${event[field]}`, `"${field}":${literal}`), 'utf8');

function unparseable(event: Delivery, random: Random): Buffer {
  const text = encodeText(event);
  switch (random.below(7)) {
    case 0: // the connection broke
      return Buffer.from(text.slice(0, 1 + random.below(text.length - 1)), 'utf8');
    case 1:
      return withLiteral(event, 'latitude', 'NaN');
    case 2:
      return Buffer.from('<delivery>ho ho ho</delivery>', 'utf8');
    case 3: // two records in one
      return Buffer.from(`${text}\n${text}`, 'utf8');
    case 4: // bytes that no UTF-8 text has, within a string
      return Buffer.concat([Buffer.from('{"event_id":"'), Buffer.from([0xc3, 0x28, 0xff, 0xfe]), Buffer.from('"')]);
    case 5: // a value with no bytes, which is not a tombstone
      return Buffer.alloc(0);
    default:
      return Buffer.from(text.replaceAll('"', "'"), 'utf8');
  }
}

const FIELDS: readonly (keyof Delivery)[] = [
  'event_id',
  'delivery_id',
  'timestamp',
  'city',
  'country',
  'region',
  'latitude',
  'longitude',
  'gift_type',
  'gift_count',
  'status',
  'weather',
  'distance_km',
  'delivery_time_minutes',
  'sleigh_id',
  'route_variant',
];

const INFINITE: readonly (keyof Delivery)[] = ['latitude', 'longitude', 'distance_km', 'delivery_time_minutes'];

/** The bytes of `event` with a fault of this kind in them; null for a tombstone. The event itself is left alone. */
export function damage(kind: DamageKind, event: Delivery, random: Random): Buffer | null {
  switch (kind) {
    case 'empty_delivery_id':
      return changed(event, { delivery_id: '' });
    case 'bad_timestamp':
      return changed(event, { timestamp: random.pick(BAD_TIMESTAMPS) });
    case 'bad_status':
      return changed(event, { status: random.pick(BAD_STATUSES) });
    case 'bad_coordinates':
      return changed(event, random.pick(BAD_COORDINATES));
    case 'non_positive_gift_count':
      return changed(event, { gift_count: random.pick(BAD_COUNTS) });
    case 'unparseable':
      return unparseable(event, random);
    case 'wrong_type': {
      if (random.chance(0.2)) return Buffer.from(random.pick(SCALARS), 'utf8');
      const [field, value] = random.pick(OTHER_TYPES);
      return changed(event, { [field]: value });
    }
    case 'missing_field':
      return changed(event, { [random.pick(FIELDS)]: undefined });
    case 'null_field':
      return changed(event, { [random.pick(FIELDS)]: null });
    case 'extra_field':
      return changed(event, { reindeer: ['Dasher', 'Dancer'], cookies: { eaten: random.below(9), milk: null } });
    case 'tombstone':
      return null;
    case 'null_key':
      return encode(event);
    case 'future':
      return changed(event, { timestamp: `2999-12-24${event.timestamp.slice(10)}` });
    case 'ancient':
      return changed(event, { timestamp: `1970-01-01${event.timestamp.slice(10)}` });
    case 'emoji_text':
      return changed(event, { city: random.pick(CITY_EMOJI) });
    case 'nul_text':
      return changed(event, { city: `${event.city.slice(0, 2)}\u0000${event.city.slice(2)}` });
    case 'proto_key':
      return withMembers(event, '"__proto__":{"polluted":true,"gift_count":-1}');
    case 'huge_integer':
      return withLiteral(event, 'gift_count', '9007199254740993');
    case 'infinite_number':
      return withLiteral(event, random.pick(INFINITE), '1e999');
    case 'oversized':
      return changed(event, { letter: 'dear Santa, '.repeat(OVERSIZE / 12) });
    default:
      return assertNever(kind, 'kind');
  }
}

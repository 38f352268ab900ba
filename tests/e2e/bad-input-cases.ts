/** What becomes of a record. */
type Fate =
  /** In bronze and silver; these bronze columns hold this. */
  | { readonly accepted: Readonly<Record<string, string | number | null>> }
  /** In the bronze quarantine with its bytes. */
  | { readonly unparseable: RegExp }
  /** In the silver quarantine, with the rules that it broke. */
  | { readonly violation: readonly string[] }
  | { readonly silver: 'future' };

/** One bad record, as it is sent. */
export type BadRecord = {
  readonly title: string;
  readonly value: Buffer | string | null;
  readonly key?: string | null;
  readonly fate: Fate;
  /** Late for all five gold tables. */
  readonly late?: true;
};

const EVENING = Date.UTC(2025, 11, 24, 20);
let made = 0;

/** A valid event as JSON; `change` overrides fields, undefined leaves them out. */
export function valid(change: object = {}): string {
  const n = made++;
  return JSON.stringify({
    event_id: `event-${n}`,
    delivery_id: `delivery-${n}`,
    timestamp: new Date(EVENING + n * 1_000).toISOString(),
    city: 'Oslo',
    country: 'Norway',
    region: 'Europe',
    latitude: 59.91,
    longitude: 10.75,
    gift_type: 'toys',
    gift_count: 3,
    status: 'delivered',
    weather: 'snow',
    distance_km: 12.5,
    delivery_time_minutes: 7.5,
    sleigh_id: 'sleigh-1',
    route_variant: 'A',
    ...change,
  });
}

/** A valid event with another literal for a number. */
const literal = (field: string, text: string): string => valid({ [field]: 424242 }).replace('424242', text);
const withMember = (member: string): string => `${valid().slice(0, -1)},${member}}`;
const LETTER = 'dear Santa, '.repeat(75_000); // 900,000 bytes

const ALL_RULES = ['valid_delivery_id', 'valid_timestamp', 'valid_status', 'valid_coordinates', 'positive_gift_count'];
const wholes: readonly BadRecord[] = ['[]', '[{}]', '42', '"a present"', 'true', 'null'].map((value) => ({
  title: `JSON that is no object: ${value}`,
  value,
  fate: { unparseable: /no object/ },
}));

/** Every kind of bad input, and what the specification makes of each. */
export const BAD_RECORDS: readonly BadRecord[] = [
  { title: 'JSON that breaks off', value: valid().slice(0, 40), fate: { unparseable: /not JSON/ } },
  { title: 'text that is no JSON', value: '<delivery>ho ho ho</delivery>', fate: { unparseable: /not JSON/ } },
  { title: 'two JSON objects in one record', value: `${valid()}\n${valid()}`, fate: { unparseable: /not JSON/ } },
  {
    title: 'bytes that are no UTF-8',
    value: Buffer.from([0x7b, 0xc3, 0x28, 0xff, 0x7d]),
    fate: { unparseable: /UTF-8/ },
  },
  { title: 'no bytes, which is no tombstone', value: Buffer.alloc(0), fate: { unparseable: /empty/ } },
  {
    title: 'a NUL byte within the JSON',
    value: valid({ city: 'Os?lo' }).replace('?', '\0'),
    fate: { unparseable: /JSON/ },
  },
  ...wholes,
  { title: 'an empty object', value: '{}', fate: { violation: ALL_RULES } },

  {
    title: 'a wrong type where a rule looks',
    value: valid({ gift_count: 'three' }),
    fate: { violation: ['positive_gift_count'] },
  },
  {
    title: 'a wrong type where none looks',
    value: valid({ city: { name: 'Oslo' }, weather: 3 }),
    fate: { accepted: { city: null, weather: null, _rescued_data: '{"city":{"name":"Oslo"},"weather":3}' } },
  },
  {
    title: 'a number with a fraction for a count',
    value: valid({ gift_count: 2.5 }),
    fate: { violation: ['positive_gift_count'] },
  },
  { title: 'a timestamp as a number', value: valid({ timestamp: EVENING }), fate: { violation: ['valid_timestamp'] } },

  {
    title: 'a missing field where a rule looks',
    value: valid({ status: undefined }),
    fate: { violation: ['valid_status'] },
  },
  {
    title: 'a missing field where none looks',
    value: valid({ country: undefined }),
    fate: { accepted: { country: null, _rescued_data: null } },
  },
  { title: 'a missing event_id', value: valid({ event_id: undefined }), fate: { accepted: { event_id: null } } },
  {
    title: 'extra fields',
    value: valid({ reindeer: ['Dasher'], cookies: { milk: null } }),
    fate: { accepted: { city: 'Oslo', _rescued_data: '{"reindeer":["Dasher"],"cookies":{"milk":null}}' } },
  },
  {
    title: 'an empty text where a rule looks',
    value: valid({ delivery_id: '' }),
    fate: { violation: ['valid_delivery_id'] },
  },
  { title: 'an empty text where none looks', value: valid({ city: '' }), fate: { accepted: { city: '' } } },
  { title: 'null where a rule looks', value: valid({ latitude: null }), fate: { violation: ['valid_coordinates'] } },
  {
    title: 'null where none looks',
    value: valid({ region: null }),
    fate: { accepted: { region: null, _rescued_data: null } },
  },

  { title: 'a tombstone', value: null, key: 'delivery-1', fate: { unparseable: /tombstone/ } },
  { title: 'a tombstone with no key', value: null, key: null, fate: { unparseable: /tombstone/ } },
  { title: 'a null key', value: valid(), key: null, fate: { accepted: { city: 'Oslo' } } },
  { title: 'an empty key', value: valid(), key: '', fate: { accepted: { city: 'Oslo' } } },
  { title: 'a key with NUL', value: valid({ status: 'lost' }), key: 'a\0b', fate: { violation: ['valid_status'] } },

  { title: 'NaN as a literal', value: literal('latitude', 'NaN'), fate: { unparseable: /not JSON/ } },
  { title: 'Infinity as a literal', value: literal('distance_km', 'Infinity'), fate: { unparseable: /not JSON/ } },
  {
    title: 'a coordinate beyond all doubles',
    value: literal('latitude', '1e999'),
    fate: { violation: ['valid_coordinates'] },
  },
  {
    title: 'a measure beyond all doubles',
    value: literal('distance_km', '-1e999'),
    fate: { accepted: { distance_km: null, _rescued_data: '{"distance_km":-1e999}' } },
  },
  {
    title: 'a delivery in no time',
    value: valid({ delivery_time_minutes: 0 }),
    fate: { accepted: { delivery_time_minutes: 0 } },
  },

  {
    title: 'an escaped NUL in a text',
    value: valid({ city: 'Os\0lo' }),
    fate: { accepted: { city: null, _rescued_data: '{"city":"Os\\u0000lo"}' } },
  },
  {
    title: 'an escaped NUL where a rule looks',
    value: valid({ delivery_id: '\0' }),
    fate: { violation: ['valid_delivery_id'] },
  },
  {
    title: 'a name of a field with NUL',
    value: withMember('"\\u0000":1'),
    fate: { accepted: { _rescued_data: '{"\\u0000":1}' } },
  },
  {
    title: 'emoji, right-to-left text and combining marks',
    value: valid({ city: '🎅🏽 القدس Z̷a̶' }),
    fate: { accepted: { city: '🎅🏽 القدس Z̷a̶' } },
  },
  {
    title: 'half a surrogate pair',
    value: valid().replace('Oslo', '\\ud83c'),
    fate: { accepted: { city: null, _rescued_data: '{"city":"\\ud83c"}' } },
  },

  {
    title: '__proto__ as a key',
    value: withMember('"__proto__":{"polluted":true,"gift_count":-1}'),
    fate: { accepted: { gift_count: 3, _rescued_data: '{"__proto__":{"polluted":true,"gift_count":-1}}' } },
  },
  {
    title: 'names of Object.prototype as values',
    value: valid({ weather: 'constructor', city: '__proto__' }),
    fate: { accepted: { city: '__proto__' } },
  },
  { title: 'a __proto__ in place of every field', value: `{"__proto__":${valid()}}`, fate: { violation: ALL_RULES } },

  {
    title: 'a clock that stands at 1970',
    value: valid({ timestamp: '1970-01-01T00:00:00.000Z' }),
    fate: { accepted: { timestamp: '1970-01-01T00:00:00.000Z' } },
    late: true,
  },
  {
    title: 'a clock that stands at 2999',
    value: valid({ timestamp: '2999-12-24T20:00:00.000Z' }),
    fate: { silver: 'future' },
  },
  {
    title: 'a day that does not exist',
    value: valid({ timestamp: '2025-02-30T20:00:00.000Z' }),
    fate: { violation: ['valid_timestamp'] },
  },
  {
    title: 'a year beyond the calendar',
    value: valid({ timestamp: '+275760-09-13T00:00:00.000Z' }),
    fate: { violation: ['valid_timestamp'] },
  },

  {
    title: '2^53 + 1 as a count',
    value: literal('gift_count', '9007199254740993'),
    fate: { violation: ['positive_gift_count'] },
  },
  { title: '2^31 as a count', value: valid({ gift_count: 2 ** 31 }), fate: { violation: ['positive_gift_count'] } },
  {
    title: '2^53 + 1 where nobody declared a field',
    value: withMember('"ticket":9007199254740993'),
    fate: { accepted: { _rescued_data: '{"ticket":9007199254740993}' } },
  },

  {
    title: 'a record of 900 KB',
    value: valid({ letter: LETTER }),
    fate: { accepted: { _rescued_data: JSON.stringify({ letter: LETTER }) } },
  },
  {
    title: 'a record of 900 KB that breaks a rule',
    value: valid({ status: 'lost', letter: LETTER }),
    fate: { violation: ['valid_status'] },
  },
  { title: '900 KB that are no JSON', value: LETTER, fate: { unparseable: /not JSON/ } },
  {
    title: 'lists in lists, ten thousand deep',
    value: withMember(`"deep":${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    fate: { accepted: { city: 'Oslo' } },
  },
];

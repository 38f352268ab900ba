import fc from 'fast-check';
import { mutated, noise } from './bytes.ts';
import { hostileJson } from './json.ts';
import { MARKER, SECRET } from './marker.ts';
import { hostileText, INHERITED, NUMBERS, TIMES } from './texts.ts';

export const PIPELINE = 'santa-deliveries';
export const TABLE = 'gold_delivery_by_region';
const OPERATOR = 'Bearer operator-token-0123456789';

/** What a parameter may be, by its schema. */
type Schema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maxLength?: number;
};

/** A route of the API, with the parameters that it takes. */
export type Route = {
  readonly method: string;
  readonly url: string;
  readonly asks: readonly { readonly name: string; readonly schema: Schema }[];
};

/** What light-my-request takes, as far as it is used here. */
export type Injected = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
};

const cursorText = mutated(
  fc
    .constantFrom(
      JSON.stringify([`${TABLE} window_start`, 0, '1766577600000']),
      JSON.stringify([`${PIPELINE}.${TABLE}`, 1, null, 'x']),
    )
    .map((text) => Buffer.from(text)),
).map((bytes) => bytes.toString('base64url'));

const word = fc.oneof(
  hostileText,
  fc.constantFrom(
    PIPELINE,
    TABLE,
    'window_start',
    '-events',
    'region,events',
    'region:eq:x',
    `region:eq:${MARKER}`,
    `region:eq:'${MARKER}`,
    'events:gte:5',
    'x',
  ),
  fc.constantFrom<string>(...NUMBERS, ...TIMES, ...INHERITED),
  cursorText,
);
const HEADERS = {
  cookie: fc.oneof(
    hostileText.map((text) => `medallion_session=${text}`),
    word.map((text) => `__Host-medallion=${text}; medallion=${text}`),
    fc.constant(`session=${SECRET}`),
  ),
  authorization: fc.oneof(
    fc.constantFrom(
      'Bearer viewer-token-0123456789',
      'Bearer operator-token-0123456789',
      `Bearer ${SECRET}`,
      `Basic ${SECRET}`,
    ),
    hostileText,
  ),
  'x-csrf-token': word,
  'if-none-match': word,
  'accept-encoding': fc.constantFrom('gzip', 'br', 'gzip;q=x', '*', MARKER),
  'content-type': fc.constantFrom(
    'application/json',
    'text/csv',
    'multipart/form-data; boundary=',
    'application/json; charset=utf-7',
    MARKER,
  ),
  origin: word,
  traceparent: word,
  host: fc.constantFrom('127.0.0.1', 'localhost', `${MARKER}.example`, '127.0.0.1:99999', ''),
} as const;
/** Few at once: a host or an origin of others is refused before anything else is looked at. */
const headers = fc
  .array(
    fc
      .constantFrom(...(Object.keys(HEADERS) as (keyof typeof HEADERS)[]))
      .chain((name) => fc.tuple(fc.constant(name), HEADERS[name])),
    { maxLength: 2 },
  )
  .map((all) => Object.fromEntries(all) as Readonly<Record<string, string>>);
const NO_HEADERS: fc.Arbitrary<Readonly<Record<string, string>>> = fc.constant({});
const body = fc.oneof(
  hostileJson,
  noise.map((bytes) => bytes.toString('latin1')),
  fc.record({ token: fc.oneof(word, fc.constant(SECRET)), next: word }).map((value) => JSON.stringify(value)),
  fc
    .record(
      { table: word, rule: word, where: word, ids: fc.array(word, { maxLength: 3 }), dryRun: fc.boolean() },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);

/** Something in one of so many cases. */
const seldom = <T>(oneOf: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: oneOf - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
/** Seldom something else than what gets on: of what is refused at the door nothing else is seen. */
const mostly = (oneOf: number): fc.Arbitrary<boolean> => fc.noBias(fc.nat(oneOf - 1)).map((n) => n > 0);

/** A request, as far as it can be said without the routes. */
export const request = fc.record({
  route: fc.noBias(fc.nat()),
  /** For the path; what Postgres takes for no text stands there often. */
  words: fc.array(fc.oneof({ weight: 7, arbitrary: word }, { weight: 1, arbitrary: fc.constant('a\0b') }), {
    minLength: 3,
    maxLength: 3,
  }),
  known: mostly(8),
  login: mostly(12),
  /** Parameters of the route: most of them of its kind, so that those beside them are looked at. */
  asked: fc.array(fc.record({ which: fc.noBias(fc.nat()), pick: fc.noBias(fc.nat()), isRight: mostly(4), word }), {
    maxLength: 3,
  }),
  /** Parameters of any name. */
  beside: seldom(8, fc.tuple(fc.oneof(fc.constantFrom<string>(...INHERITED), hostileText), word)),
  headers: fc.oneof(NO_HEADERS, NO_HEADERS, headers),
  body: seldom(2, body),
  raw: seldom(12, hostileText),
});
export type Asked = typeof request extends fc.Arbitrary<infer R> ? R : never;

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 2_000);

/** An address that is no route's. What begins like a host (`//`, `/\\`) is refused by what injects, before the app sees it. */
const rawAddress = (text: string): string =>
  `/${printable(text)
    .replaceAll(' ', '%')
    .replace(/^(?=[/\\])/, '.')}`;

const QUERIES = ['top-cities', 'gift-types', 'deliveries-by-region', 'region-trend', 'travel-times', 'night-progress'];
const FILTERED = ['region:eq:', 'region:ne:', 'region:lt:', 'region:gte:', 'events:gte:'];
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  from: ['2025-12-24T00:00:00Z', '2024-12-24T10:00:00+02:00'],
  to: ['2025-12-25T00:00:00Z'],
  order: ['window_start', '-events', 'region'],
  measures: ['events', 'success_rate', 'events,success_rate'],
  group: ['region'],
  table: [TABLE, 'silver_santa_deliveries', 'bronze_santa_deliveries'],
  outcome: ['violation', 'late', 'unparseable'],
};

/** A value that a parameter may have: of text, and of what is filtered by, any. */
function rightValue(
  { type, anyOf, minimum = 1, maxLength = 150 }: Schema,
  name: string,
  pick: number,
  text: string,
): string {
  const consts = (anyOf ?? []).flatMap((each) => (each.const === undefined ? [] : [String(each.const)]));
  if (consts.length > 0) return consts[pick % consts.length]!;
  if (type === 'integer' || type === 'number') return String(minimum + (pick % 20));
  if (name === 'filter') return `${FILTERED[pick % FILTERED.length]}${text.slice(0, 300)}`;
  // Half of the time one that is known, otherwise any that is not too long.
  const known = RIGHT[name] ?? [];
  return known[pick % (2 * known.length || 1)] ?? text.slice(0, maxLength);
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** A request of one of the routes. */
export function injected(routes: readonly Route[], each: Asked): Injected {
  const { method, url, asks } = routes[each.route % routes.length]!;
  const params: Readonly<Record<string, string>> = {
    ...{ pipeline: PIPELINE, table: TABLE, rule: 'positive_gift_count' },
    name: QUERIES[each.route % QUERIES.length]!,
  };
  let next = 0;
  const path = url.replaceAll(/:(\w+)|\*/g, (_, name: string | undefined) =>
    each.known && name !== undefined && name in params ? params[name]! : encoded(each.words[next++ % 3]!),
  );
  const pairs = each.asked.flatMap(({ which, pick, isRight, word: text }): (readonly [string, string])[] => {
    const ask = asks[which % Math.max(1, asks.length)];
    if (ask === undefined) return [];
    return [[ask.name, isRight ? rightValue(ask.schema, ask.name, pick, text) : text]];
  });
  // The same parameter twice is refused, but for filters.
  const once = pairs.filter(([name], i) => name === 'filter' || pairs.findIndex(([other]) => other === name) === i);
  const query = [...once, ...(each.beside === undefined ? [] : [each.beside])]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&');
  const given = Object.entries(each.headers).map(([name, value]) => [name, printable(value)]);
  return {
    method,
    url: each.raw === undefined ? `${path}${query === '' ? '' : `?${query}`}` : rawAddress(each.raw),
    headers: { host: '127.0.0.1', ...(each.login ? { authorization: OPERATOR } : {}), ...Object.fromEntries(given) },
    ...(each.body === undefined || method === 'GET' ? {} : { payload: each.body }),
  };
}

/** Everything in a request that somebody chose. */
export const chosenIn = ({ words, asked, beside, raw }: Asked): readonly string[] =>
  [...words, ...asked.map((each) => each.word), ...(beside ?? []), raw ?? ''].filter((text) => text !== '');

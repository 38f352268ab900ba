import assert from 'node:assert/strict';
import { type ErrorCode, errors, MedallionError, systemClock } from '@medallion/core';
import fc from 'fast-check';
import { featuresOf } from '../../../services/dashboard/src/features.ts';
import { openApp } from '../../../services/dashboard/src/http/open-app.ts';
import { openParts } from '../../../services/dashboard/src/http/open-parts.ts';
import { testConfig } from '../../../services/dashboard/src/http/test-app.ts';
import { createLive } from '../../../services/dashboard/src/live/live.ts';
import type { Reader } from '../../../services/dashboard/src/parts.ts';
import { auditTo } from '../../../services/dashboard/src/security/audit.ts';
import { securityOf } from '../../../services/dashboard/src/security/security.ts';
import { entrance } from '../engine/fuzz.ts';
import type { Journal } from '../engine/journal.ts';
import { mutated, noise } from '../hostile/bytes.ts';
import { hostileJson } from '../hostile/json.ts';
import { MARKER, SECRET } from '../hostile/marker.ts';
import { hostileText, INHERITED, NUMBERS, TIMES } from '../hostile/texts.ts';

const PIPELINE = 'santa-deliveries';
const TABLE = 'gold_delivery_by_region';
const COLUMNS = [
  ['window_start', 'timestamp'],
  ['region', 'string'],
  ['events', 'long'],
  ['success_rate', 'double'],
] as const;

/** What Postgres says of its one table. */
const CATALOGUE: readonly (readonly [begins: string, rows: readonly object[]])[] = [
  ['WITH leases', [{ pipeline: PIPELINE, hash: '1', committed_at: null, watermark: null }]],
  [
    'SELECT pipeline, table_name, schema_name',
    [
      {
        ...{ pipeline: PIPELINE, table_name: TABLE, schema_name: 'santa_deliveries', layer: 'gold', comment: null },
        ...{ kind: 'materialized_view', description: { window: 'tumbling', window_ms: 300_000, group_by: ['region'] } },
      },
    ],
  ],
  [
    'SELECT pipeline, table_name, column_name',
    COLUMNS.map(([column_name, type]) => ({
      ...{ pipeline: PIPELINE, table_name: TABLE, column_name, type, nullable: true, comment: null },
    })),
  ],
  [
    'SELECT n.nspname AS schema',
    [
      {
        ...{ schema: 'santa_deliveries', name: TABLE, columns: COLUMNS.map(([name]) => name) },
        ...{ strict: ['window_start'], key: ['window_start', 'region'] },
      },
    ],
  ],
];

type App = Awaited<ReturnType<typeof openApp>>;
/** What light-my-request takes and gives, as far as it is used here. */
type InjectOptions = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
};
type Answered = {
  readonly statusCode: number;
  readonly payload: string;
  readonly headers: Readonly<Record<string, unknown>>;
};
type Inject = (options: InjectOptions) => Promise<Answered>;
type Opened = {
  readonly app: App;
  readonly routes: readonly Route[];
  readonly statements: Set<string>;
  close(): Promise<void>;
};
type Route = { readonly method: string; readonly url: string };

/** The dashboard as it is served, with all its parts, not listening; every statement that it sends is kept. */
async function open(journal: Journal): Promise<Opened> {
  const statements = new Set<string>();
  const query = (async (sql: string) => {
    statements.add(sql);
    const known = CATALOGUE.find(([begins]) => sql.trimStart().startsWith(begins));
    if (known !== undefined) return known[1];
    // Without the tables that other statements want, Postgres says so.
    if (sql.includes(TABLE)) return [];
    throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'it has only a catalogue and an empty table' });
  }) as unknown as Reader['query'];
  const reader: Reader = { query, snapshot: (read) => read(query) };
  const { log } = journal;
  const { parts, versions } = openParts({ reader, clock: systemClock, log });
  const config = testConfig({
    AUTH: 'token',
    VIEWER_TOKEN: 'viewer-token-0123456789',
    OPERATOR_TOKEN: 'operator-token-0123456789',
  });
  const security = securityOf(config, { clock: systemClock, log, audit: auditTo({ log }), canRedrive: false });
  const features = featuresOf(parts, config, auditTo({ log }));
  const live = createLive({ versions, clock: systemClock, log, maxListeners: 0, pingMs: 60_000, channels: [] });
  const routes: Route[] = [];
  const app = await openApp({
    ...{
      features,
      live,
      security,
      log,
      limits: { requestsPerMinute: 1_000_000_000, loopDelayMs: 0, loopSampleMs: 60_000 },
    },
    before: (each) =>
      void each.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat())
          if (one !== 'HEAD' && !url.startsWith('/api/docs')) routes.push({ method: one, url });
      }),
  });
  return {
    ...{ app, routes, statements },
    async close() {
      await app.close();
      versions.close();
      await Promise.all(features.map((feature) => feature.close?.()));
    },
  };
}

let opened: Promise<Opened> | null = null;
let journalOfApp: Journal | null = null;

/** One app for all cases of a run: what one leaves behind must not matter to the next. */
function app(journal: Journal): Promise<Opened> {
  if (journalOfApp !== journal) {
    journalOfApp = journal;
    opened = open(journal);
  }
  return opened as Promise<Opened>;
}

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
    'csv',
    'json',
    'top-cities',
    'x',
  ),
  fc.constantFrom<string>(...NUMBERS, ...TIMES, ...INHERITED),
  cursorText,
);
/** Names that some route takes together: of others nothing but their refusal is seen. */
const TOGETHER: readonly (readonly string[])[] = [
  ['limit', 'cursor', 'order', 'filter', 'format'],
  ['measures', 'group', 'from', 'to', 'points'],
  ['from', 'to', 'region', 'city', 'gift_type', 'limit', 'format'],
  ['minutes', 'table', 'rule', 'outcome', 'limit', 'cursor'],
  ['state', 'code', 'next', 'column', 'depth', 'pipeline', 'channels', 'since', 'range'],
];
const asked = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...TOGETHER)
      .chain((names) => fc.array(fc.tuple(fc.constantFrom(...names), word), { maxLength: 3 })),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.tuple(fc.oneof(fc.constantFrom<string>(...INHERITED), hostileText), word), { maxLength: 4 }),
  },
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

const request = fc.record({
  /** A filter whose value reaches the database. */
  filter: fc.option(hostileText, { nil: undefined, freq: 3 }),
  route: fc.nat(),
  words: fc.array(word, { minLength: 3, maxLength: 3 }),
  known: fc.constantFrom(true, true, true, false),
  login: fc.constantFrom(true, true, true, false),
  asked,
  headers: fc.oneof(NO_HEADERS, NO_HEADERS, headers),
  body: fc.option(body, { nil: undefined, freq: 2 }),
  raw: fc.option(hostileText, { nil: undefined, freq: 12 }),
});
type Asked = typeof request extends fc.Arbitrary<infer R> ? R : never;

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 2_000);

/** An address that is no route's. What begins like a host (`//`, `/\\`) is refused by what injects, before the app sees it. */
const rawAddress = (text: string): string =>
  `/${printable(text)
    .replaceAll(' ', '%')
    .replace(/^(?=[/\\])/, '.')}`;

function injected({ method, url }: Route, each: Asked): InjectOptions {
  if (each.filter !== undefined)
    return {
      method: 'GET',
      url: `/api/pipelines/${PIPELINE}/tables/${TABLE}/rows?filter=${encodeURIComponent(`region:eq:${each.filter.slice(0, 300).toWellFormed()}`)}`,
      headers: { host: '127.0.0.1', authorization: 'Bearer operator-token-0123456789' },
    };
  const params: Readonly<Record<string, string>> = { pipeline: PIPELINE, table: TABLE };
  let next = 0;
  const path = url.replaceAll(/:(\w+)|\*/g, (_, name: string | undefined) =>
    each.known && name !== undefined && name in params
      ? params[name]!
      : encodeURIComponent(each.words[next++ % 3]!.toWellFormed()),
  );
  const query = each.asked
    .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&');
  const given = Object.entries(each.headers).map(([name, value]) => [name, printable(value as string)]);
  return {
    method,
    url: each.raw === undefined ? `${path}${query === '' ? '' : `?${query}`}` : rawAddress(each.raw),
    headers: {
      host: '127.0.0.1',
      ...(each.login ? { authorization: 'Bearer operator-token-0123456789' } : {}),
      ...Object.fromEntries(given),
    },
    ...(each.body === undefined || method === 'GET' ? {} : { payload: each.body }),
  };
}

/** With codes of the catalogue where they have one; a status of 500 is a crash, and a 503 says what is away. */
function check(status: number, type: string, text: string, journal: Journal): void {
  assert.ok(
    status !== 500 && status < 600,
    `a crash: ${status} ${text.slice(0, 300)} ${journal.lines.at(-1)?.slice(0, 900) ?? ''}`,
  );
  // Pages say it in HTML.
  if (status < 400 || type.startsWith('text/html')) return;
  const problem = JSON.parse(text) as { readonly status: number; readonly code?: string };
  assert.equal(problem.status, status);
  if (problem.code !== undefined) assert.ok((problem.code as ErrorCode) in errors, problem.code);
  assert.ok(!/\n\s+at /.test(text), 'a stack is nobody’s business');
}

export const http = entrance({
  name: 'http',
  about: 'requests to the dashboard: addresses, parameters, cursors, headers, cookies and bodies of every route',
  cases: request,
  together: 40,
  async judge(batch, journal) {
    const { app: server, routes, statements } = await app(journal);
    for (const each of batch) {
      const {
        statusCode,
        payload,
        headers: answered,
      } = await (server.inject.bind(server) as unknown as Inject)(injected(routes[each.route % routes.length]!, each));
      if (answered['content-encoding'] === undefined)
        check(statusCode, String(answered['content-type']), payload, journal);
      assert.ok(!String(answered['set-cookie'] ?? '').includes(MARKER), 'a header that was sent came back as a cookie');
      journal.met(String(statusCode));
    }
    for (const sql of statements) assert.ok(!sql.includes(MARKER), `SQL of a value: ${sql.slice(0, 300)}`);
    assert.ok(statements.size < 500, `${statements.size} statements: some are made of values`);
  },
  async close() {
    await (await opened)?.close();
    opened = null;
    journalOfApp = null;
  },
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import Type from 'typebox';
import { AsOf, type Problem } from '../contract/index.ts';
import type { Feature, Parts } from '../parts.ts';
import { LateLooks } from './limits.ts';
import { openTestApp, PATIENT, readerOf, steadyParts, type TestApp } from './test-app.ts';

const Echo = Type.Object({ asOf: AsOf, n: Type.Integer() });

/** Routes that go wrong in every way that one can. */
const features = ({ versioned }: Parts): readonly Feature[] => [
  {
    channels: [],
    routes(app) {
      app.get<{ Querystring: { n: number } }>(
        '/api/echo',
        {
          schema: {
            querystring: Type.Object(
              { n: Type.Integer({ minimum: 1, maximum: 9 }), name: Type.Optional(Type.String({ maxLength: 3 })) },
              { additionalProperties: false },
            ),
            response: { 200: Echo },
          },
        },
        async (request) => versioned.answer('p', 'echo', async (_query, asOf) => ({ asOf, n: request.query.n })),
      );
      app.get('/api/away', () => {
        throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'gone to postgres://me:secret@db' });
      });
      app.get('/api/broken', () => {
        throw new Error('secret detail');
      });
      app.get('/api/unfit', { schema: { response: { 200: Echo } } }, async () => ({ n: 'text' }));
      app.get('/api/large', { schema: { response: { 200: Type.Object({ text: Type.String() }) } } }, async () => ({
        text: 'a'.repeat(10_000),
      }));
      app.post('/api/take', { schema: { response: { 200: Type.Object({}) } } }, async () => ({}));
    },
  },
];

const parts = steadyParts({ reader: readerOf(async () => []), asOf: { version: 'v1' } });

async function withApp(
  body: (app: TestApp) => Promise<void>,
  options: Partial<Parameters<typeof openTestApp>[0]> = {},
): Promise<void> {
  const app = await openTestApp({ parts, features, ...options });
  try {
    await body(app);
  } finally {
    await app.close();
  }
}

const CSP =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';worker-src 'self';manifest-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'";

test('every answer has the content security policy, errors and pages included; HSTS only over TLS', () =>
  withApp(async ({ get }) => {
    for (const url of [
      '/api/echo?n=1',
      '/api/echo?n=0',
      '/api/broken',
      '/api/none',
      '/',
      '/api/docs',
      '/api/openapi.json',
      '/none.js',
    ]) {
      const { headers } = await get(url);
      assert.equal(headers['content-security-policy'], CSP, url);
      assert.equal(headers['x-content-type-options'], 'nosniff', url);
      assert.equal(headers['strict-transport-security'], undefined, url);
    }
  }));

test('a wrong request is told all that is wrong with it, as a problem', () =>
  withApp(async ({ get }) => {
    const { status, headers, body } = await get<Problem>('/api/echo?n=12&name=abcd&other=1');
    assert.equal(status, 400);
    assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.equal(body.code, 'MED_REQUEST_INVALID');
    for (const said of ['querystring.n must be <= 9', 'querystring.name must NOT have more than 3', ': other'])
      assert.ok(body.detail.includes(said), body.detail);
  }));

test('that Postgres is away is a 503 with code and remedy, and no credentials', () =>
  withApp(async ({ get }) => {
    const { status, headers, body } = await get<Problem>('/api/away');
    assert.equal(status, 503);
    assert.equal(headers['retry-after'], '2');
    assert.equal(body.code, 'MED_STORE_UNAVAILABLE');
    assert.match(body.remedy ?? '', /DATABASE_URL/);
    assert.ok(!JSON.stringify(body).includes('secret'));
  }));

test('what went wrong inside is not told', () =>
  withApp(async ({ get }) => {
    const { status, text } = await get('/api/broken');
    assert.equal(status, 500);
    assert.ok(!text.includes('secret'));
  }));

test('an answer that is not as its schema says fails the test that asked for it', () =>
  withApp(async ({ get }) => {
    await assert.rejects(get('/api/unfit'), /not as its schema says/);
  }));

test('an answer has its version as ETag, and who has it already is sent none', () =>
  withApp(async ({ get }) => {
    const first = await get<{ n: number }>('/api/echo?n=3');
    assert.equal(first.body.n, 3);
    const tag = String(first.headers.etag);
    assert.match(tag, /^W\/"v1\./);
    assert.equal(first.headers['cache-control'], 'private, no-cache');
    for (const header of [tag, `"other", ${tag}`]) {
      const again = await get('/api/echo?n=3', { 'if-none-match': header });
      assert.equal(again.status, 304);
      assert.equal(again.text, '');
      assert.equal(again.headers.etag, tag);
    }
    assert.equal((await get('/api/echo?n=3', { 'if-none-match': 'W/"v0"' })).status, 200);
  }));

test('who asks too often is told how long to wait', () =>
  withApp(
    async ({ get }) => {
      for (let i = 0; i < 5; i++) assert.equal((await get('/api/echo?n=1')).status, 200);
      const { status, headers, body } = await get<Problem>('/api/echo?n=1');
      assert.equal(status, 429);
      assert.equal(body.code, 'MED_RATE_LIMITED');
      assert.ok(Number(headers['retry-after']) > 0);
      assert.equal((await get('/')).status, 429);
    },
    { limits: { ...PATIENT, requestsPerMinute: 5 } },
  ));

test('work waits for a loop that is late at three looks one after the other, not for one that was late once or now and then', () => {
  const looks = new LateLooks();
  const seen = [true, true, false, true, true, true, true, false, true].map((isLate) => {
    looks.add(isLate);
    return looks.areTooMany;
  });
  assert.deepEqual(seen, [false, false, false, false, false, true, true, false, false]);
});

test('work is refused while the loop stays late, and done when it is in time again', () =>
  withApp(
    async ({ get }) => {
      const statusIs = async (status: number, pause: () => void): Promise<void> => {
        for (const deadline = performance.now() + 60_000; (await get('/api/echo?n=1')).status !== status; ) {
          assert.ok(performance.now() < deadline, `${status} within a minute`);
          pause();
          await new Promise((looked) => setTimeout(looked, 1));
        }
      };
      const hold = (): void => {
        for (const until = performance.now() + 1_000; performance.now() < until; );
      };
      await statusIs(503, hold);
      await statusIs(200, () => {});
    },
    // So late that other work of the machine does not make it so.
    { limits: { ...PATIENT, loopDelayMs: 400, loopSampleMs: 20 } },
  ));

test('a body that is too large, no JSON, or of another type is refused before anything is done with it', () =>
  withApp(async ({ app, get }) => {
    const { csrf } = (await get<{ csrf: string }>('/api/session')).body;
    const send = async (payload: string, type = 'application/json'): Promise<number> => {
      const headers = { 'content-type': type, 'x-csrf-token': csrf, host: '127.0.0.1' };
      const answer = await app.inject({ method: 'POST', url: '/api/take', payload, headers });
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
      return answer.statusCode;
    };
    assert.equal(await send(`"${'a'.repeat(300_000)}"`), 413);
    assert.equal(await send('{"a":'), 400);
    assert.equal(await send('{"__proto__": {"a": 1}}'), 400);
    assert.equal(await send('a=b', 'application/x-www-form-urlencoded'), 415);
    const long = await get(`/api/session?${'a'.repeat(20_000)}`).catch(() => null);
    assert.ok(long === null || long.status < 500);
  }));

test('large answers are compressed as the browser likes it', () =>
  withApp(async ({ get }) => {
    for (const encoding of ['br', 'gzip'])
      assert.equal((await get('/api/large', { 'accept-encoding': encoding })).headers['content-encoding'], encoding);
    assert.equal((await get('/api/echo?n=1', { 'accept-encoding': 'br' })).headers['content-encoding'], undefined);
  }));

test('the API is described as OpenAPI 3.1', () =>
  withApp(async ({ get }) => {
    const { body } = await get<{ openapi: string; paths: Record<string, object> }>('/api/openapi.json');
    assert.equal(body.openapi, '3.1.0');
    assert.deepEqual(
      ['/api/echo', '/api/live', '/api/session'].filter((path) => !(path in body.paths)),
      [],
    );
  }));

test('pages are served by the address of a page, files for good by the hash in their name, and nothing else', () => {
  const dist = mkdtempSync(join(tmpdir(), 'medallion-pages-'));
  mkdirSync(join(dist, 'assets'));
  writeFileSync(join(dist, 'index.html'), '<p>the page</p>');
  writeFileSync(join(dist, 'favicon.svg'), '<svg/>');
  writeFileSync(join(dist, 'assets', 'index-abc.js'), 'plain');
  writeFileSync(join(dist, 'assets', 'index-abc.js.br'), 'packed');
  return withApp(
    async ({ get }) => {
      for (const url of ['/', '/operator/santa-deliveries', '/pipelines/p/tables/t', '/index.html']) {
        const { status, text, headers } = await get(url);
        assert.deepEqual([status, text, headers['cache-control']], [200, '<p>the page</p>', 'no-cache'], url);
      }
      const packed = await get('/assets/index-abc.js', { 'accept-encoding': 'gzip, br' });
      assert.deepEqual([packed.text, packed.headers['content-encoding']], ['packed', 'br']);
      assert.match(String(packed.headers['content-type']), /javascript/);
      assert.equal(packed.headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal((await get('/assets/index-abc.js')).text, 'plain');
      assert.equal((await get('/favicon.svg')).headers['cache-control'], 'no-cache');
      for (const url of ['/assets/index-old.js', '/../package.json', '/%2e%2e/package.json', '/none.css', '/.env'])
        assert.equal((await get(url)).status, 404, url);
      assert.equal((await get('/operator', { accept: 'application/json' })).status, 404);
    },
    { dist },
  ).finally(() => rmSync(dist, { recursive: true }));
});

test('before the pages are built the page says how to build them', () =>
  withApp(
    async ({ get }) => {
      const { status, text } = await get('/');
      assert.equal(status, 503);
      assert.match(text, /pnpm --filter @medallion\/dashboard build/);
    },
    { dist: join(tmpdir(), 'medallion-none') },
  ));

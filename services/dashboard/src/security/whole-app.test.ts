import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, openTestApp } from '../http/test-app.ts';

const AUTH = { AUTH: 'token', VIEWER_TOKEN: 'viewer-token-0123456789' };
const limits = { requestsPerMinute: 5, loopDelayMs: 60_000 };

const statuses = async (times: number, ask: () => Promise<Answer<unknown>>): Promise<number[]> => {
  const seen: number[] = [];
  for (let i = 0; i < times; i += 1) seen.push((await ask()).status);
  return seen;
};

test('requests that are refused count for the limit of an address, so guessing has one', async () => {
  const { get, close } = await openTestApp({ features: () => [], env: AUTH, limits });
  assert.deepEqual(await statuses(6, () => get('/api/live?pipeline=x')), [401, 401, 401, 401, 401, 429]);
  const refused = await get('/api/session');
  assert.equal(refused.status, 429);
  assert.match(refused.headers['content-security-policy'] as string, /^default-src 'none'/);
  await close();
});

test('addresses that are not there are limited as well, and say so as a problem', async () => {
  const { app, close } = await openTestApp({ features: () => [], env: AUTH, limits });
  const ask = () => app.inject({ method: 'POST', url: '/nowhere', headers: { host: 'localhost' } });
  const first = await ask();
  assert.equal(first.statusCode, 404);
  assert.equal(first.json().code, 'MED_NOT_FOUND');
  assert.match(first.headers['content-type'] as string, /^application\/problem\+json/);
  for (let i = 0; i < 4; i += 1) await ask();
  assert.equal((await ask()).statusCode, 429);
  await close();
});

test('an address that cannot be read lets nothing run either', async () => {
  const { app, close } = await openTestApp({ features: () => [], env: AUTH });
  for (const url of ['/%', '/api/%zz']) {
    const { statusCode, headers } = await app.inject(url);
    assert.equal(statusCode, 400);
    assert.match(headers['content-security-policy'] as string, /^default-src 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
  await close();
});

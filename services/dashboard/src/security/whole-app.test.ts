import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog, systemClock } from '@medallion/core';
import { featuresOf } from '../features.ts';
import { openApp } from '../http/open-app.ts';
import { openParts } from '../http/open-parts.ts';
import { type Answer, openTestApp, PATIENT, readerOf, steadyParts, testConfig } from '../http/test-app.ts';
import { createLive } from '../live/live.ts';
import { auditTo } from './audit.ts';
import { securityOf } from './security.ts';

const AUTH = { AUTH: 'token', VIEWER_TOKEN: 'viewer-token-0123456789' };
const limits = { ...PATIENT, requestsPerMinute: 5 };

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

/** Routes by who may ask, without the HEAD beside every GET. */
async function routesByAccess(env: Readonly<Record<string, string>>): Promise<Map<string, string[]>> {
  const byAccess = new Map<string, string[]>();
  const reader = readerOf(async () => []);
  const parts = steadyParts({ reader });
  const config = testConfig(env);
  const security = securityOf(config, { clock: systemClock, log: silentLog, canRedrive: false });
  const features = featuresOf(parts, config, auditTo({ log: silentLog }));
  const { versions } = openParts({ reader, clock: systemClock, log: silentLog });
  const live = createLive({
    versions,
    clock: systemClock,
    log: silentLog,
    maxListeners: 1,
    pingMs: 60_000,
    channels: [],
  });
  const app = await openApp({
    ...{ features, live, security },
    before: (each) =>
      void each.addHook('onRoute', ({ method, url, config: of }) => {
        const access = of?.access ?? 'viewer';
        for (const one of [method].flat().filter((name) => name !== 'HEAD'))
          byAccess.set(access, [...(byAccess.get(access) ?? []), `${one} ${url}`]);
      }),
  });
  await app.close();
  versions.close();
  await Promise.all(features.map((feature) => feature.close?.()));
  return byAccess;
}

test('nothing is for everybody but the pages and the way in', async () => {
  const env = {
    ...{ AUTH: 'oidc', OIDC_ISSUER: 'https://login.example', OIDC_CLIENT_ID: 'x', OIDC_VIEWER_VALUES: 'staff' },
    OIDC_REDIRECT_URL: 'https://dash.example/api/login/oidc/callback',
  };
  const routes = await routesByAccess(env);
  assert.deepEqual(routes.get('public')?.sort(), [
    'GET /*',
    'GET /api/docs',
    'GET /api/login/oidc',
    'GET /api/login/oidc/callback',
    'GET /api/session',
    'POST /api/session',
  ]);
});

test('whatever changes something is for operators, but for the end of the own session', async () => {
  const routes = await routesByAccess({});
  const changes = (access: string) => (routes.get(access) ?? []).filter((route) => !route.startsWith('GET '));
  assert.deepEqual(changes('public'), ['POST /api/session']);
  assert.deepEqual(changes('viewer'), ['DELETE /api/session']);
  assert.ok(changes('operator').includes('POST /api/operator/:pipeline/redrives'));
});

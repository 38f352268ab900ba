import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logIn, OPERATOR_TOKEN, TOKEN_ENV, testApp, VIEWER_TOKEN } from './test/app.ts';

const operator = async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { cookies, csrf } = await logIn(app, OPERATOR_TOKEN);
  const send = (method: 'GET' | 'POST' | 'DELETE', url: string, headers: Record<string, string>) =>
    app.inject({ method, url, cookies, headers: { host: 'localhost:29100', ...headers } });
  return { app, csrf, send };
};

test('what changes something needs the token of its own session', async () => {
  const { app, csrf, send } = await operator();
  const other = await logIn(app, OPERATOR_TOKEN);
  const refused = await send('POST', '/api/operator', {});
  assert.equal(refused.statusCode, 403);
  assert.equal(refused.json().code, 'MED_REQUEST_FORGED');
  assert.equal(
    (await send('POST', '/api/operator', { 'x-csrf-token': other.csrf })).statusCode,
    403,
    'of another session',
  );
  assert.equal((await send('POST', '/api/operator', { 'x-csrf-token': '' })).statusCode, 403);
  assert.equal((await send('POST', '/api/operator', { 'x-csrf-token': csrf })).statusCode, 200);
});

test('what a viewer changes needs the token as well, and so does logging out', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { cookies } = await logIn(app, VIEWER_TOKEN);
  assert.equal((await app.inject({ method: 'POST', url: '/api/viewer', cookies })).statusCode, 403);
  assert.equal((await app.inject({ method: 'DELETE', url: '/api/session', cookies })).statusCode, 403);
  assert.equal((await app.inject({ url: '/api/viewer', cookies })).statusCode, 200);
});

test('no made up token is that of the session', async () => {
  const { send } = await operator();
  const header = fc.oneof(fc.base64String(), fc.stringMatching(/^[\w-]{32}$/));
  await fc.assert(
    fc.asyncProperty(header, async (token) => {
      assert.equal((await send('POST', '/api/operator', { 'x-csrf-token': token })).statusCode, 403);
    }),
  );
});

test('another origin changes nothing, with the right token too', async () => {
  const { csrf, send } = await operator();
  const post = async (headers: Record<string, string>) =>
    (await send('POST', '/api/operator', { 'x-csrf-token': csrf, ...headers })).statusCode;
  assert.equal(await post({ origin: 'http://localhost:29100', 'sec-fetch-site': 'same-origin' }), 200);
  for (const origin of [
    'https://evil.example',
    'http://localhost:3000',
    'http://localhost',
    'null',
    'http://evil.example:29100',
    'file://',
  ])
    assert.equal(await post({ origin }), 403, origin);
  for (const site of ['cross-site', 'same-site', 'anything'])
    assert.equal(await post({ 'sec-fetch-site': site }), 403, site);
});

test('another origin reads nothing, not even from another port of this machine', async () => {
  const { send } = await operator();
  const get = async (headers: Record<string, string>) => (await send('GET', '/api/viewer', headers)).statusCode;
  assert.equal(await get({ 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await get({ 'sec-fetch-site': 'none' }), 200, 'typed by hand');
  assert.equal(await get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }), 403);
  assert.equal(
    await get({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }),
    403,
  );
  assert.equal(
    await get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }),
    403,
  );
});

test('a link from another site shows the page, but changes nothing', async () => {
  const { csrf, send } = await operator();
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  assert.equal((await send('GET', '/', link)).statusCode, 200);
  assert.equal((await send('POST', '/api/operator', { ...link, 'x-csrf-token': csrf })).statusCode, 403);
});

test('nobody is logged in from another site', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const answer = await app.inject({
    method: 'POST',
    url: '/api/session',
    payload: { token: VIEWER_TOKEN },
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  });
  assert.equal(answer.statusCode, 403);
  assert.equal(answer.cookies.length, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testApp } from './test/app.ts';

test('without a login everybody on this machine is an operator', async () => {
  const { app } = await testApp({});
  const answer = await app.inject('/api/session');
  assert.equal(answer.statusCode, 200);
  const { csrf, ...session } = answer.json();
  assert.deepEqual(session, { login: 'none', user: 'anybody', role: 'operator', canRedrive: true });
  assert.match(csrf, /^[\w-]{32}$/);
  assert.equal((await app.inject('/api/operator')).statusCode, 200);
  assert.equal((await app.inject('/api/unsaid')).statusCode, 200);
});

test('a page whose name was made to point here reads nothing', async () => {
  const { app } = await testApp({});
  for (const url of ['/', '/api/session', '/api/operator', '/nowhere']) {
    for (const host of [
      'evil.example',
      'evil.example:29100',
      '127.0.0.1.evil.example',
      '10.0.0.1:29100',
      'a@localhost',
    ]) {
      const answer = await app.inject({ url, headers: { host } });
      assert.equal(answer.statusCode, 421, `${url} of ${host}`);
      assert.equal(answer.json().code, 'MED_HOST_UNKNOWN');
      assert.match(answer.headers['content-type'] as string, /^application\/problem\+json/);
    }
  }
});

test('the names that it was given are its own', async () => {
  const { app } = await testApp({ DASHBOARD_HOSTS: 'dash.example' });
  for (const host of ['dash.example', 'DASH.example:29100', 'localhost:29100', '[::1]:29100'])
    assert.equal((await app.inject({ url: '/api/operator', headers: { host } })).statusCode, 200, host);
});

test('the address of all interfaces is not a name', async () => {
  const { app } = await testApp({
    DASHBOARD_HOST: '0.0.0.0',
    DASHBOARD_INSECURE: 'true',
    DASHBOARD_HOSTS: '192.0.2.7',
  });
  const ask = async (host: string) => (await app.inject({ url: '/api/operator', headers: { host } })).statusCode;
  assert.equal(await ask('0.0.0.0:29100'), 421);
  assert.equal(await ask('192.0.2.7:29100'), 200);
});

test('a header about the host is believed from no proxy that nobody named', async () => {
  const { app } = await testApp({});
  const forwarded = { host: 'evil.example', 'x-forwarded-host': 'localhost' };
  assert.equal((await app.inject({ url: '/api/operator', headers: forwarded })).statusCode, 421);
});

test('what changes something needs the token of the process', async () => {
  const { app } = await testApp({});
  const { csrf } = (await app.inject('/api/session')).json<{ csrf: string }>();
  const post = async (headers: Record<string, string>) =>
    (await app.inject({ method: 'POST', url: '/api/operator', headers })).statusCode;
  assert.equal(await post({}), 403);
  assert.equal(await post({ 'x-csrf-token': 'x'.repeat(32) }), 403);
  assert.equal(await post({ 'x-csrf-token': csrf }), 200);
  const { app: other } = await testApp({});
  const { csrf: another } = (await other.inject('/api/session')).json<{ csrf: string }>();
  assert.notEqual(another, csrf, 'every process has its own');
});

test('a bearer token takes the place of no CSRF token where nobody logs in', async () => {
  const { app } = await testApp({});
  const headers = { authorization: 'Bearer viewer-token-0123456789' };
  assert.equal((await app.inject({ method: 'POST', url: '/api/operator', headers })).statusCode, 403);
});

test('nobody logs in by token where nobody has to', async () => {
  const { app } = await testApp({});
  const answer = await app.inject({ method: 'POST', url: '/api/session', payload: { token: 'x'.repeat(20) } });
  assert.equal(answer.statusCode, 401);
  assert.equal(answer.json().code, 'MED_LOGIN_REFUSED');
  assert.equal(answer.cookies.length, 0);
});

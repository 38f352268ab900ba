import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import fc from 'fast-check';
import { logIn, OPERATOR_TOKEN, TOKEN_ENV, testApp, VIEWER_TOKEN } from './test/app.ts';

test('whoever is not known gets nothing but what is public, and is told how to log in', async () => {
  const { app } = await testApp(TOKEN_ENV);
  for (const url of ['/api/unsaid', '/api/viewer', '/api/operator']) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 401, url);
    assert.equal(answer.json().code, 'MED_LOGIN_REQUIRED');
    assert.match(answer.json().remedy, /log in at \/login/);
    assert.equal(answer.headers['www-authenticate'], 'Bearer realm="medallion"');
    assert.match(answer.headers['content-type'] as string, /^application\/problem\+json/);
  }
  assert.equal((await app.inject('/')).statusCode, 200);
  assert.deepEqual((await app.inject('/api/session')).json(), {
    login: 'token',
    user: null,
    role: null,
    csrf: null,
    canRedrive: true,
  });
});

test('the token of a viewer gives a session that may look, and no more', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { response, cookies, csrf } = await logIn(app, VIEWER_TOKEN);
  assert.equal(response.statusCode, 200);
  assert.equal(response.json().role, 'viewer');
  assert.deepEqual((await app.inject({ url: '/api/viewer', cookies })).json(), { by: 'viewer' });
  assert.equal((await app.inject({ url: '/api/unsaid', cookies })).statusCode, 200);
  for (const method of ['GET', 'POST'] as const) {
    const answer = await app.inject({ method, url: '/api/operator', cookies, headers: { 'x-csrf-token': csrf } });
    assert.equal(answer.statusCode, 403);
    assert.equal(answer.json().code, 'MED_FORBIDDEN');
  }
  assert.deepEqual((await app.inject({ url: '/api/session', cookies })).json(), response.json());
});

test('the token of an operator gives a session that may everything', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { response, cookies } = await logIn(app, OPERATOR_TOKEN);
  assert.equal(response.json().role, 'operator');
  for (const url of ['/api/unsaid', '/api/viewer', '/api/operator'])
    assert.equal((await app.inject({ url, cookies })).statusCode, 200, url);
});

test('no script reads the cookie, and no other site has it sent', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { response } = await logIn(app, VIEWER_TOKEN);
  assert.equal(response.cookies.length, 1);
  const [{ value: _, ...cookie }] = response.cookies as [(typeof response.cookies)[0]];
  assert.deepEqual(cookie, { name: 'medallion', path: '/', httpOnly: true, sameSite: 'Strict', maxAge: 43_200 });
  assert.ok(!response.body.includes(VIEWER_TOKEN));
});

test('behind a proxy that speaks TLS the cookie is bound to TLS and to this host', async () => {
  const { app } = await testApp({ ...TOKEN_ENV, TRUST_PROXY: '127.0.0.1' });
  const headers = { 'x-forwarded-proto': 'https' };
  const answer = await app.inject({ method: 'POST', url: '/api/session', headers, payload: { token: VIEWER_TOKEN } });
  const [cookie] = answer.cookies;
  assert.equal(cookie?.name, '__Host-medallion');
  assert.equal(cookie?.secure, true);
  assert.equal(cookie?.domain, undefined);
  // what was not sent over TLS may be anybody's
  const cookies = { medallion: cookie?.value ?? '' };
  assert.equal((await app.inject({ url: '/api/viewer', headers, cookies })).statusCode, 401);
});

test('programs send the token itself, and need nothing else', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const ask = async (url: string, token: string, method: 'GET' | 'POST' = 'GET') =>
    (await app.inject({ method, url, headers: { authorization: `Bearer ${token}` } })).statusCode;
  assert.equal(await ask('/api/viewer', VIEWER_TOKEN), 200);
  assert.equal(await ask('/api/operator', VIEWER_TOKEN), 403);
  assert.equal(await ask('/api/operator', OPERATOR_TOKEN), 200);
  assert.equal(await ask('/api/operator', OPERATOR_TOKEN, 'POST'), 200);
  assert.equal(await ask('/api/operator', `${OPERATOR_TOKEN}x`), 401);
  assert.equal(await ask('/api/viewer', OPERATOR_TOKEN.slice(0, -1)), 401);
});

test('a bearer token that does not hold is refused, whatever else came with it', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { cookies } = await logIn(app, OPERATOR_TOKEN);
  const headers = { authorization: `Bearer ${'x'.repeat(24)}` };
  assert.equal((await app.inject({ url: '/api/viewer', cookies, headers })).statusCode, 401);
});

test('a token that is not set lets nobody in', async () => {
  const { app } = await testApp({ AUTH: 'token', VIEWER_TOKEN });
  for (const token of ['undefined', 'null', ' ', OPERATOR_TOKEN])
    assert.equal((await logIn(app, token)).response.statusCode, 401, token);
  for (const token of ['undefined', 'null'])
    assert.equal(
      (await app.inject({ url: '/api/viewer', headers: { authorization: `Bearer ${token}` } })).statusCode,
      401,
    );
});

test('a login without a token, or with a body that is none, is refused', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const post = async (payload: object | string, type = 'application/json') =>
    (await app.inject({ method: 'POST', url: '/api/session', payload, headers: { 'content-type': type } })).statusCode;
  assert.equal(await post({}), 400);
  assert.equal(await post({ token: '' }), 400);
  assert.equal(await post({ token: { $ne: null } }), 400);
  assert.equal(await post({ token: 'x'.repeat(5_000) }), 413);
  // what a form of another site could send
  assert.equal(await post(`token=${VIEWER_TOKEN}`, 'application/x-www-form-urlencoded'), 415);
});

test('after ten failed logins an address has to wait, with the right token too; sessions go on', async () => {
  const { app, clock } = await testApp(TOKEN_ENV);
  const { cookies } = await logIn(app, VIEWER_TOKEN);
  for (let i = 0; i < 10; i += 1) assert.equal((await logIn(app, `wrong-${i}`)).response.statusCode, 401);
  for (const token of ['wrong', OPERATOR_TOKEN]) {
    const { response } = await logIn(app, token);
    assert.equal(response.statusCode, 429);
    assert.equal(response.json().code, 'MED_LOGIN_LIMITED');
    assert.equal(response.headers['retry-after'], '900');
    assert.equal(response.cookies.length, 0);
  }
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  assert.equal((await app.inject({ url: '/api/viewer', headers })).statusCode, 429);
  assert.equal((await app.inject({ url: '/api/viewer', cookies })).statusCode, 200);
  const elsewhere = {
    method: 'POST',
    url: '/api/session',
    payload: { token: VIEWER_TOKEN },
    remoteAddress: '192.0.2.9',
  } as const;
  assert.equal((await app.inject(elsewhere)).statusCode, 200);
  clock.move(15 * 60_000);
  assert.equal((await logIn(app, OPERATOR_TOKEN)).response.statusCode, 200);
});

test('bearer tokens cannot be guessed faster than logins', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const guess = async (token: string) =>
    (await app.inject({ url: '/api/viewer', headers: { authorization: `Bearer ${token}` } })).statusCode;
  for (let i = 0; i < 10; i += 1) assert.equal(await guess(`wrong-${i}`), 401);
  assert.equal(await guess('wrong'), 429);
  assert.equal((await logIn(app, VIEWER_TOKEN)).response.statusCode, 429);
});

test('nobody escapes the wait by naming another address', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const statuses: number[] = [];
  for (let i = 0; i < 12; i += 1) {
    const headers = { 'x-forwarded-for': `192.0.2.${i}` };
    const answer = await app.inject({ method: 'POST', url: '/api/session', headers, payload: { token: 'wrong' } });
    statuses.push(answer.statusCode);
  }
  assert.deepEqual(statuses.slice(9), [401, 429, 429]);
});

test('the log has who failed to log in, and no token', async () => {
  const { app, log } = await testApp(TOKEN_ENV);
  await logIn(app, 'wrong-but-almost-right');
  await app.inject({ url: '/api/viewer', headers: { authorization: 'Bearer wrong-but-almost-right' } });
  await logIn(app, OPERATOR_TOKEN);
  const text = JSON.stringify(log.lines);
  assert.equal(log.lines.filter(({ level, fields }) => level === 'warn' && fields.address === '127.0.0.1').length, 2);
  for (const secret of ['almost-right', OPERATOR_TOKEN, VIEWER_TOKEN]) assert.ok(!text.includes(secret), secret);
});

test('that an operator logged in is written down, that a viewer did is not', async () => {
  const { app, audited } = await testApp(TOKEN_ENV);
  await logIn(app, VIEWER_TOKEN);
  assert.deepEqual(audited, []);
  await logIn(app, OPERATOR_TOKEN);
  assert.deepEqual(audited, [
    {
      by: 'operator',
      action: 'login',
      pipeline: '*',
      subject: 'dashboard',
      detail: { login: 'token', address: '127.0.0.1' },
    },
  ]);
});

test('an operator can log in while Postgres is away', async () => {
  const audit = async (): Promise<void> => {
    throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'gone' });
  };
  const { app, log } = await testApp(TOKEN_ENV, { audit });
  assert.equal((await logIn(app, OPERATOR_TOKEN)).response.statusCode, 200);
  assert.ok(log.lines.some(({ message }) => message === 'the login is only in this log'));
});

test('no cookie, token or header that is made up lets anybody in', async () => {
  const { app } = await testApp({ ...TOKEN_ENV, TRUST_PROXY: '127.0.0.1' });
  const { cookies } = await logIn(app, OPERATOR_TOKEN);
  const real = cookies.medallion as string;
  const header = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
  const jwtLike = fc.array(fc.base64String(), { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  const headers = fc.record(
    {
      cookie: fc.oneof(
        header,
        fc.oneof(header, jwtLike).map((value) => `medallion=${value}`),
      ),
      authorization: fc.oneof(
        header,
        fc.oneof(header, jwtLike).map((value) => `Bearer ${value}`),
        header.map((value) => `Basic ${value}`),
      ),
      'x-csrf-token': header,
      'x-forwarded-for': fc.ipV4(),
      'x-forwarded-user': fc.constant('operator'),
      'x-role': fc.constant('operator'),
      'proxy-authorization': header,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(headers, fc.constantFrom('/api/viewer', '/api/operator', '/api/unsaid'), async (sent, url) => {
      const { statusCode } = await app.inject({ url, headers: sent });
      assert.ok([401, 429].includes(statusCode), `${statusCode} for ${JSON.stringify(sent)}`);
    }),
    { numRuns: 500 },
  );
  assert.equal((await app.inject({ url: '/api/operator', cookies: { medallion: real } })).statusCode, 200);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EncryptJWT, UnsecuredJWT } from 'jose';
import { createSeal } from './seal.ts';
import { logIn, OPERATOR_TOKEN, TOKEN_ENV, testApp, testClock, VIEWER_TOKEN } from './test/app.ts';

const SESSION_SECRET = 'a secret of at least thirty-two characters';

test('a session ends after its lifetime, whatever the browser keeps', async () => {
  const { app, clock } = await testApp({ ...TOKEN_ENV, SESSION_LIFETIME_MS: '3600000' });
  const { cookies } = await logIn(app, VIEWER_TOKEN);
  clock.move(3_600_000 - 1_000);
  assert.equal((await app.inject({ url: '/api/viewer', cookies })).statusCode, 200);
  clock.move(1_000);
  assert.equal((await app.inject({ url: '/api/viewer', cookies })).statusCode, 401);
  assert.equal((await app.inject({ url: '/api/session', cookies })).json().role, null);
});

test('a cookie of which one character was changed, cut or added holds no more', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { cookies } = await logIn(app, VIEWER_TOKEN);
  const real = cookies.medallion as string;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  const position = fc.nat(real.length - 1);
  const tampered = fc.oneof(
    fc.tuple(position, fc.constantFrom(...alphabet)).map(([i, char]) => real.slice(0, i) + char + real.slice(i + 1)),
    position.map((i) => real.slice(0, i)),
    fc.constantFrom(...alphabet).map((char) => real + char),
  );
  // the last character of each part has bits that say nothing: both texts are the same bytes then
  const same = (text: string): boolean =>
    text.split('.').length === 5 &&
    text
      .split('.')
      .every((part, i) =>
        Buffer.from(part, 'base64url').equals(Buffer.from(real.split('.')[i] as string, 'base64url')),
      );
  await fc.assert(
    fc.asyncProperty(tampered, async (medallion) => {
      fc.pre(!same(medallion));
      assert.equal((await app.inject({ url: '/api/viewer', cookies: { medallion } })).statusCode, 401);
    }),
    { numRuns: 300 },
  );
});

test('what is sealed with another key, or not at all, is nothing', async () => {
  const { app, clock } = await testApp(TOKEN_ENV);
  const facts = { sub: 'operator', shown: 'operator', role: 'operator', csrf: 'x', jti: 'x' };
  const soon = Math.floor(clock.now() / 1_000) + 3_600;
  const claims = { ...facts, iss: 'medallion-dashboard', aud: 'session', exp: soon };
  const forged = [
    await new EncryptJWT(claims).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(new Uint8Array(32)),
    new UnsecuredJWT(claims).encode(),
    Buffer.from(JSON.stringify(claims)).toString('base64url'),
    JSON.stringify(claims),
  ];
  for (const medallion of forged)
    assert.equal((await app.inject({ url: '/api/viewer', cookies: { medallion } })).statusCode, 401);
});

test('what was sealed for one purpose is nothing for another', async () => {
  const clock = testClock();
  const seal = createSeal(clock, SESSION_SECRET, []);
  const sealed = await seal.close('login', { sub: 'x' }, 60_000);
  assert.equal((await seal.open('login', sealed))?.sub, 'x');
  assert.equal(await seal.open('session', sealed), null);
});

test('the browser cannot read what is in its cookie', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { cookies, csrf } = await logIn(app, OPERATOR_TOKEN);
  const parts = (cookies.medallion as string)
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString('latin1'));
  for (const text of ['operator', csrf]) assert.ok(!parts.some((part) => part.includes(text)));
});

test('a process forgets the sessions of the one before, unless it has its secret', async () => {
  const statusAfterRestart = async (env: Record<string, string>, after: Record<string, string> = {}) => {
    const clock = testClock();
    const { cookies } = await logIn((await testApp(env, { clock })).app, VIEWER_TOKEN);
    const { app } = await testApp({ ...env, ...after }, { clock });
    return (await app.inject({ url: '/api/viewer', cookies })).statusCode;
  };
  assert.equal(await statusAfterRestart(TOKEN_ENV), 401);
  const env = { ...TOKEN_ENV, SESSION_SECRET };
  assert.equal(await statusAfterRestart(env), 200);
  assert.equal(await statusAfterRestart(env, { VIEWER_TOKEN: 'another-token-0123456789' }), 401, 'with another token');
  assert.equal(
    await statusAfterRestart(env, { SESSION_SECRET: `another ${SESSION_SECRET}` }),
    401,
    'with another secret',
  );
});

test('after logging out a copy of the cookie holds no more, while other sessions do', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const first = await logIn(app, VIEWER_TOKEN);
  const second = await logIn(app, VIEWER_TOKEN);
  const { cookies, csrf } = first;
  const answer = await app.inject({
    method: 'DELETE',
    url: '/api/session',
    cookies,
    headers: { 'x-csrf-token': csrf },
  });
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.cookies[0]?.name, 'medallion');
  assert.equal(answer.cookies[0]?.value, '');
  assert.equal((await app.inject({ url: '/api/viewer', cookies })).statusCode, 401);
  assert.equal((await app.inject({ url: '/api/viewer', cookies: second.cookies })).statusCode, 200);
});

test('logging in again begins a new session and ends the one before', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { cookies: before } = await logIn(app, VIEWER_TOKEN);
  const answer = await app.inject({
    method: 'POST',
    url: '/api/session',
    cookies: before,
    payload: { token: OPERATOR_TOKEN },
  });
  assert.equal(answer.json().role, 'operator');
  assert.equal((await app.inject({ url: '/api/viewer', cookies: before })).statusCode, 401);
});

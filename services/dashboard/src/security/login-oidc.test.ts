import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { cookiesOf, testApp, testClock } from './test/app.ts';
import { oidcEnv, REDIRECT_URL, startProvider, type TestProvider } from './test/provider.ts';

let provider: TestProvider;
before(async () => {
  provider = await startProvider();
});
after(() => provider.close());

// the issuer lives in the time of the machine
const open = (more: Record<string, string> = {}, issuer = provider.issuer) =>
  testApp({ ...oidcEnv(issuer), ...more }, { clock: testClock(Date.now()) });

const begin = async (app: FastifyInstance, next = '/operator/santa-deliveries') => {
  const response = await app.inject({ url: '/api/login/oidc', query: { next } });
  return {
    response,
    cookies: cookiesOf(response),
    url: new URL(String(response.headers.location), 'http://dashboard'),
  };
};

const finish = async (app: FastifyInstance, back: string, cookies: Record<string, string>) => {
  const { pathname, search } = new URL(back);
  return app.inject({ url: pathname + search, cookies });
};

const logIn = async (app: FastifyInstance, account: string, next?: string) => {
  const { url, cookies } = await begin(app, next);
  const response = await finish(app, await provider.agree(url.href, account), cookies);
  return { response, cookies: cookiesOf(response) };
};

/** What the login page is told. */
const problemOf = (location: unknown): string | null => {
  const url = new URL(String(location), 'http://dashboard');
  assert.equal(url.pathname, '/login');
  return url.searchParams.get('problem');
};

test('whoever the issuer knows comes back to the page that they wanted, with the rights of their groups', async () => {
  const { app, audited } = await open();
  const { response, cookies } = await logIn(app, 'olga');
  assert.equal(response.statusCode, 303);
  assert.equal(response.headers.location, '/operator/santa-deliveries');
  assert.equal(cookies['medallion-login'], '', 'what the login began with is gone');
  const session = (await app.inject({ url: '/api/session', cookies })).json();
  assert.equal(session.login, 'oidc');
  assert.equal(session.user, 'olga the name');
  assert.equal(session.role, 'operator');
  assert.equal((await app.inject({ url: '/api/operator', cookies })).statusCode, 200);
  assert.equal(audited[0]?.by, 'olga the name (olga)', 'with the subject, which nobody chooses');
});

test('a viewer may look and no more', async () => {
  const { app, audited } = await open();
  const { cookies } = await logIn(app, 'vera');
  assert.equal((await app.inject({ url: '/api/viewer', cookies })).statusCode, 200);
  assert.equal((await app.inject({ url: '/api/operator', cookies })).statusCode, 403);
  assert.deepEqual(audited, []);
});

test('groups in the ID token count as those of the userinfo endpoint do', async (t) => {
  const other = await startProvider('id_token');
  t.after(() => other.close());
  const { app } = await open({}, other.issuer);
  const { url, cookies } = await begin(app);
  const response = await finish(app, await other.agree(url.href, 'olga'), cookies);
  assert.equal((await app.inject({ url: '/api/session', cookies: cookiesOf(response) })).json().role, 'operator');
  assert.equal(other.asked.get('/me'), undefined);
});

test('whoever is known but has none of the groups stays outside', async () => {
  const { app } = await open();
  const { response, cookies } = await logIn(app, 'mallory');
  assert.equal(problemOf(response.headers.location), 'MED_FORBIDDEN');
  assert.equal(cookies.medallion, undefined);
});

test('the issuer is asked with state, nonce and a PKCE challenge, each new every time', async () => {
  const { app } = await open();
  const [one, two] = [await begin(app), await begin(app)];
  for (const { url } of [one, two]) {
    assert.equal(url.searchParams.get('response_type'), 'code');
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    assert.equal(url.searchParams.get('redirect_uri'), REDIRECT_URL);
    assert.equal(url.searchParams.get('client_secret'), null);
  }
  for (const name of ['state', 'nonce', 'code_challenge']) {
    assert.ok((one.url.searchParams.get(name) ?? '').length >= 43, name);
    assert.notEqual(one.url.searchParams.get(name), two.url.searchParams.get(name), name);
  }
  const cookie = one.response.cookies[0];
  assert.equal(cookie?.httpOnly, true);
  assert.equal(cookie?.sameSite, 'Lax');
});

test('the way back holds only in the browser that began, once, and not for long', async () => {
  const { app, clock } = await open();
  const refused = async (back: string, cookies: Record<string, string>): Promise<void> => {
    const response = await finish(app, back, cookies);
    assert.equal(problemOf(response.headers.location), 'MED_LOGIN_REFUSED');
    assert.equal(cookiesOf(response).medallion, undefined);
  };
  const mine = await begin(app);
  const other = await begin(app);
  const back = await provider.agree(mine.url.href, 'olga');
  await refused(back, {});
  await refused(back, other.cookies);
  const forged = new URL(back);
  forged.searchParams.set('state', other.url.searchParams.get('state') as string);
  await refused(forged.href, mine.cookies);
  await refused(REDIRECT_URL, mine.cookies);
  await refused(`${REDIRECT_URL}?error=access_denied&state=${mine.url.searchParams.get('state')}`, mine.cookies);
  assert.equal((await finish(app, back, mine.cookies)).headers.location, '/operator/santa-deliveries');
  await refused(back, mine.cookies);
  const late = await begin(app);
  const tooLate = await provider.agree(late.url.href, 'olga');
  clock.move(10 * 60_000 + 1_000);
  await refused(tooLate, late.cookies);
});

test('an ID token of another login is not taken', async () => {
  const { app } = await open();
  const { url, cookies } = await begin(app);
  url.searchParams.set('nonce', 'that-of-somebody-else-0123456789');
  const response = await finish(app, await provider.agree(url.href, 'olga'), cookies);
  assert.equal(problemOf(response.headers.location), 'MED_LOGIN_REFUSED');
});

test('a code that was asked for with another PKCE challenge is not taken', async () => {
  const { app } = await open();
  const { url, cookies } = await begin(app);
  url.searchParams.set('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  const response = await finish(app, await provider.agree(url.href, 'olga'), cookies);
  assert.equal(problemOf(response.headers.location), 'MED_LOGIN_REFUSED');
});

test('the login leads to no other site afterwards', async () => {
  const { app } = await open();
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', '/.//evil.example'])
    assert.equal((await logIn(app, 'vera', next)).response.headers.location, '/', next);
});

test('a bearer token of the issuer that is meant for us has the rights of its groups', async () => {
  const { app, clock } = await open();
  const ask = async (token: string, url = '/api/operator') =>
    app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${token}` } });
  const token = await provider.token('robot-operator', 'urn:dashboard');
  assert.equal((await ask(token)).statusCode, 200, 'and needs no x-csrf-token');
  assert.equal((await ask(await provider.token('robot-nobody', 'urn:dashboard'))).json().code, 'MED_FORBIDDEN');
  assert.equal((await ask(await provider.token('robot-operator', 'urn:another'))).statusCode, 401, 'for somebody else');
  assert.equal((await ask(`${token.slice(0, -4)}AAAA`)).statusCode, 401, 'changed');
  const [, payload] = token.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  assert.equal((await ask(`${none}.${payload}.`)).statusCode, 401, 'not signed');
  clock.move(((decodeJwt(token).exp as number) + 1) * 1_000 - clock.now());
  assert.equal((await ask(token)).statusCode, 401, 'expired');
});

test('a bearer token of another issuer is nothing here', async (t) => {
  const other = await startProvider();
  t.after(() => other.close());
  const { app } = await open();
  const headers = { authorization: `Bearer ${await other.token('robot-operator', 'urn:dashboard')}` };
  assert.equal((await app.inject({ url: '/api/viewer', headers })).statusCode, 401);
});

test('an ID token is no bearer token, although it is meant for the client', async (t) => {
  const other = await startProvider('id_token');
  t.after(() => other.close());
  const env = { ...oidcEnv(other.issuer), OIDC_AUDIENCE: '' };
  const { app } = await testApp(env, { clock: testClock(Date.now()) });
  const token = await other.idToken('olga');
  assert.equal(decodeJwt(token).aud, 'dashboard');
  const ask = async (bearer: string) =>
    (await app.inject({ url: '/api/viewer', headers: { authorization: `Bearer ${bearer}` } })).statusCode;
  assert.equal(await ask(token), 401);
  assert.equal(await ask(await other.token('robot-operator', 'urn:dashboard')), 401, 'the client is the audience then');
});

test('the issuer is asked for its discovery document once', async (t) => {
  const other = await startProvider();
  t.after(() => other.close());
  const { app } = await open({}, other.issuer);
  for (let i = 0; i < 5; i += 1) await begin(app);
  await app.inject({ url: '/api/viewer', headers: { authorization: 'Bearer x.y.z' } });
  assert.equal(other.asked.get('/.well-known/openid-configuration'), 1);
});

test('while the issuer is away it is asked now and then, people are told, and it all works once it is back', async (t) => {
  const other = await startProvider();
  t.after(() => other.close());
  other.down = true;
  const { app, clock, log } = await open({}, other.issuer);
  for (let i = 0; i < 3; i += 1)
    assert.equal(problemOf((await begin(app)).response.headers.location), 'MED_LOGIN_UNAVAILABLE');
  const answer = await app.inject({ url: '/api/viewer', headers: { authorization: 'Bearer x.y.z' } });
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().code, 'MED_LOGIN_UNAVAILABLE');
  assert.ok(answer.headers['retry-after']);
  assert.equal(other.asked.get('/.well-known/openid-configuration'), 1);
  assert.ok(log.lines.some(({ fields }) => fields.code === 'MED_LOGIN_UNAVAILABLE'));
  other.down = false;
  clock.move(5_000);
  const { url } = await begin(app);
  assert.ok(url.href.startsWith(other.issuer));
});

test('an issuer that goes away is said as that, and refuses nobody', async (t) => {
  const other = await startProvider();
  t.after(() => other.close());
  const { app } = await open({}, other.issuer);
  const { url, cookies } = await begin(app);
  const back = await other.agree(url.href, 'olga');
  const headers = { authorization: `Bearer ${await other.token('robot-operator', 'urn:dashboard')}` };
  other.down = true;
  const answer = await app.inject({ url: '/api/viewer', headers });
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().code, 'MED_LOGIN_UNAVAILABLE');
  assert.equal(problemOf((await finish(app, back, cookies)).headers.location), 'MED_LOGIN_UNAVAILABLE');
});

test('a session goes on while the issuer is away', async (t) => {
  const other = await startProvider();
  t.after(() => other.close());
  const { app } = await open({}, other.issuer);
  const { url, cookies } = await begin(app);
  const session = cookiesOf(await finish(app, await other.agree(url.href, 'vera'), cookies));
  other.down = true;
  assert.equal((await app.inject({ url: '/api/viewer', cookies: session })).statusCode, 200);
});

test('nobody logs in by token at a dashboard that has an issuer', async () => {
  const { app } = await open({ OPERATOR_TOKEN: 'operator-token-0123456789' });
  const payload = { token: 'operator-token-0123456789' };
  assert.equal((await app.inject({ method: 'POST', url: '/api/session', payload })).statusCode, 401);
  const headers = { authorization: 'Bearer operator-token-0123456789' };
  assert.equal((await app.inject({ url: '/api/viewer', headers })).statusCode, 401);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMedallionError, silentLog, systemClock } from '@medallion/core';
import { securityOf } from './security.ts';
import { configOf, OPERATOR_TOKEN, TOKEN_ENV, testLog, VIEWER_TOKEN } from './test/app.ts';

const start = (env: Readonly<Record<string, string>>) =>
  securityOf(configOf(env), { clock: systemClock, log: silentLog, canRedrive: false });

const refuses = (env: Readonly<Record<string, string>>, ...problems: RegExp[]): void => {
  assert.throws(
    () => start(env),
    (error) => {
      assert.ok(isMedallionError(error) && error.code === 'MED_CONFIG_INVALID', String(error));
      for (const problem of problems) assert.match(error.message, problem);
      assert.match(error.message, /Remedy: /);
      for (const secret of [VIEWER_TOKEN, OPERATOR_TOKEN]) assert.ok(!error.message.includes(secret));
      return true;
    },
  );
};

const OIDC_ENV = {
  AUTH: 'oidc',
  OIDC_ISSUER: 'https://login.example',
  OIDC_CLIENT_ID: 'dashboard',
  OIDC_REDIRECT_URL: 'https://dash.example/api/login/oidc/callback',
  OIDC_VIEWER_VALUES: 'staff',
};

test('without a login the dashboard starts on this machine only', () => {
  for (const DASHBOARD_HOST of ['127.0.0.1', 'localhost', '::1']) start({ DASHBOARD_HOST });
  for (const DASHBOARD_HOST of ['0.0.0.0', '::', '192.0.2.1', 'dash.example'])
    refuses({ DASHBOARD_HOST }, /AUTH: with none and DASHBOARD_HOST=/, /allowed: AUTH=token or AUTH=oidc/);
});

test('without a login it is not served through a proxy', () => {
  refuses({ TRUST_PROXY: '10.0.0.0/8' }, /AUTH: with none and TRUST_PROXY/);
});

test('whoever says that everybody may come in has it so', () => {
  start({ DASHBOARD_HOST: '0.0.0.0', DASHBOARD_INSECURE: 'true' });
  refuses({ DASHBOARD_HOST: '0.0.0.0', DASHBOARD_INSECURE: 'false' }, /AUTH/);
});

test('doors that stand open on purpose are in the log', () => {
  const warned = (env: Readonly<Record<string, string>>): string => {
    const log = testLog();
    securityOf(configOf(env), { clock: systemClock, log, canRedrive: false });
    return log.lines.map(({ message }) => message).join('\n');
  };
  assert.match(
    warned({ DASHBOARD_HOST: '0.0.0.0', DASHBOARD_INSECURE: 'true' }),
    /whoever reaches the port is an operator/,
  );
  assert.match(warned({ DASHBOARD_HOST: '0.0.0.0', ...TOKEN_ENV }), /neither TLS nor a proxy/);
  assert.equal(warned({ DASHBOARD_HOST: '0.0.0.0', ...TOKEN_ENV, TRUST_PROXY: '10.0.0.1' }), '');
  assert.equal(warned({}), '');
});

test('a proxy is an address or a network', () => {
  for (const TRUST_PROXY of ['10.0.0.1', '10.0.0.0/8,2001:db8::/32']) start({ ...TOKEN_ENV, TRUST_PROXY });
  for (const TRUST_PROXY of ['proxy.example', '10.0.0.0/33', '999.0.0.1', '10.0.0.0/8/8', 'true'])
    assert.throws(() => configOf({ ...TOKEN_ENV, TRUST_PROXY }), /TRUST_PROXY/, TRUST_PROXY);
});

test('login by token needs a token, and another one for operators', () => {
  start({ DASHBOARD_HOST: '0.0.0.0', ...TOKEN_ENV });
  start({ AUTH: 'token', VIEWER_TOKEN });
  start({ AUTH: 'token', OPERATOR_TOKEN });
  refuses({ AUTH: 'token' }, /VIEWER_TOKEN, OPERATOR_TOKEN: neither is set/);
  refuses({ AUTH: 'token', VIEWER_TOKEN, OPERATOR_TOKEN: VIEWER_TOKEN }, /VIEWER_TOKEN: the same as OPERATOR_TOKEN/);
});

test('a token that could be guessed or not be sent is refused', () => {
  for (const token of ['short', 'has spaces in it, which no header has', 'ü'.repeat(30), 'x'.repeat(513)])
    assert.throws(() => configOf({ AUTH: 'token', VIEWER_TOKEN: token }), /VIEWER_TOKEN: its value \(not shown\)/);
});

test('login at an issuer needs to know the issuer, the client, the way back, and who may what', () => {
  start(OIDC_ENV);
  refuses(
    { AUTH: 'oidc' },
    /OIDC_ISSUER is not set/,
    /OIDC_CLIENT_ID is not set/,
    /OIDC_REDIRECT_URL is not set/,
    /OIDC_VIEWER_VALUES, OIDC_OPERATOR_VALUES: neither is set/,
  );
  refuses({ ...OIDC_ENV, OIDC_SCOPES: 'profile' }, /OIDC_SCOPES: without openid/);
  refuses({ ...OIDC_ENV, OIDC_REDIRECT_URL: 'https://dash.example/' }, /OIDC_REDIRECT_URL: another path/);
});

test('an issuer and a way back without TLS are for this machine only', () => {
  start({
    ...OIDC_ENV,
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_REDIRECT_URL: 'http://localhost:29100/api/login/oidc/callback',
  });
  refuses({ ...OIDC_ENV, OIDC_ISSUER: 'http://login.example' }, /OIDC_ISSUER: http is readable/);
  refuses(
    { ...OIDC_ENV, OIDC_REDIRECT_URL: 'http://dash.example/api/login/oidc/callback' },
    /OIDC_REDIRECT_URL: http is readable/,
  );
});

test('a certificate needs its key, and both have to be there', () => {
  refuses({ TLS_CERT_FILE: '/nowhere/cert.pem' }, /TLS_CERT_FILE, TLS_KEY_FILE: only one is set/);
  refuses({ TLS_CERT_FILE: '/nowhere/cert.pem', TLS_KEY_FILE: '/nowhere/key.pem' }, /they cannot be used \(ENOENT/);
});

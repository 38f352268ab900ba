import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { logIn, TOKEN_ENV, testApp, VIEWER_TOKEN } from './test/app.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';');

test('every answer, errors included, lets nothing run that does not come from here', async () => {
  const { app } = await testApp(TOKEN_ENV);
  const { cookies } = await logIn(app, VIEWER_TOKEN);
  const asked = [
    [200, { url: '/' }],
    [200, { url: '/api/session' }],
    [200, { url: '/api/viewer', cookies }],
    [401, { url: '/api/viewer' }],
    [403, { url: '/api/operator', cookies }],
    [404, { url: '/nowhere' }],
    [404, { url: '/api/nowhere', cookies }],
    [421, { url: '/', headers: { host: 'evil.example' } }],
    [500, { url: '/api/broken' }],
    [400, { url: '/api/session', method: 'POST', payload: {} }],
  ] as const;
  for (const [status, options] of asked) {
    const { statusCode, headers } = await app.inject(options);
    assert.equal(statusCode, status, options.url);
    assert.equal(headers['content-security-policy'], POLICY, options.url);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['referrer-policy'], 'same-origin');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.match(headers['permissions-policy'] as string, /camera=\(\)/);
    assert.equal(headers['access-control-allow-origin'], undefined, 'nobody else reads answers');
    assert.equal(headers['strict-transport-security'], undefined, 'no promise of TLS where there is none');
    assert.equal(headers['x-powered-by'], undefined);
    if (options.url.startsWith('/api/'))
      assert.match(headers['cache-control'] as string, /no-store|private/, options.url);
  }
});

test('who is logged in is kept by no cache', async () => {
  const { app } = await testApp(TOKEN_ENV);
  assert.equal((await app.inject('/api/session')).headers['cache-control'], 'no-store');
  assert.equal((await logIn(app, VIEWER_TOKEN)).response.headers['cache-control'], 'no-store');
  assert.equal((await app.inject('/api/viewer')).headers['cache-control'], 'no-store');
});

test('a request that names no host is for nobody here', async (t) => {
  const { app } = await testApp({});
  t.after(() => app.close());
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(url.port), '127.0.0.1');
  socket.end('GET /api/operator HTTP/1.0\r\n\r\n');
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString();
  });
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.[01] 421 /);
});

test('an address that is not there says nothing about who may ask for it', async () => {
  const { app } = await testApp(TOKEN_ENV);
  assert.equal((await app.inject('/api/nowhere')).statusCode, 404);
});

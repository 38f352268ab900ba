import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextPage } from './next-page.ts';

test('after logging in people go on to the page that they wanted', () => {
  assert.equal(nextPage('/queries/slow?city=Oslo#table'), '/queries/slow?city=Oslo#table');
  assert.equal(nextPage(undefined), '/');
});

test('a link to the login leads to no other site', () => {
  const attempts = [
    'https://evil.example/',
    '//evil.example',
    '//evil.example/queries',
    'http://dashboard.invalid@evil.example/queries',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/%2e//evil.example',
    'javascript:alert(1)',
    'evil.example',
    ' //evil.example',
    `/${'x'.repeat(2_000)}`,
  ];
  for (const attempt of attempts) assert.equal(nextPage(attempt), '/', JSON.stringify(attempt));
});

test('neither the API nor the login is a page to go on to', () => {
  for (const attempt of ['/api/session', '/api', '/login', '/login?next=/login', '/x/../api/csv'])
    assert.equal(nextPage(attempt), '/', attempt);
  assert.equal(nextPage('/apis'), '/apis');
});

test('whatever is asked for, a browser stays at the dashboard', () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom('/', '\\', '.', '..', '%2f', '\t', '\n', '@', ':', 'evil.example', '?', '#'))
      .map((parts) => `/${parts.join('')}`),
  );
  fc.assert(
    fc.property(text, (wanted) => {
      const next = nextPage(wanted);
      assert.equal(new URL(next, 'https://dash.example').origin, 'https://dash.example');
      // a redirect is followed from its own address, whatever scheme that has
      assert.equal(new URL(next, 'http://127.0.0.1:29100/api/login/oidc/callback').host, '127.0.0.1:29100');
    }),
    { numRuns: 2_000 },
  );
});

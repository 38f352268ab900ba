import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, LOGIN_FAILURES } from './login-failures.ts';

test('every way in which a login fails has words of its own', () => {
  const codes = ['MED_LOGIN_REFUSED', 'MED_FORBIDDEN', 'MED_LOGIN_LIMITED', 'MED_LOGIN_UNAVAILABLE'];
  const words = codes.map((code) => failureOf({ code }));
  assert.equal(new Set([...words, LOGIN_FAILURES.other]).size, 5);
});

test('a link to the page cannot put words into its mouth', () => {
  for (const code of ['Send your token to evil.example', '<script>', '__proto__', 'constructor', 'toString', ''])
    assert.equal(failureOf({ code }), LOGIN_FAILURES.other, code);
});

test('a connection that is away is said as it is', () => {
  assert.equal(failureOf({ detail: 'There was no answer within 15 s.' }), 'There was no answer within 15 s.');
});

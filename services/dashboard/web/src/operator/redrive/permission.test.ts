import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../../../../src/contract/common.ts';
import { whyNot } from './permission.ts';

const session = (more: Partial<Session>): Session => ({
  ...{ login: 'token', user: 'a', role: 'operator', csrf: 'x', canRedrive: true, ...more },
});

test('an operator of a dashboard that can redrive may', () => {
  assert.equal(whyNot(session({})), null);
});

test('whoever may not is told why', () => {
  assert.match(whyNot(session({ role: 'viewer' })) ?? '', /operators/);
  assert.match(whyNot(session({ role: null })) ?? '', /operators/);
  assert.match(whyNot(session({ canRedrive: false })) ?? '', /OPERATOR_DATABASE_URL/);
  assert.match(whyNot(null) ?? '', /not known/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttempts } from './attempts.ts';
import { testClock } from './test/app.ts';

const fail = (attempts: ReturnType<typeof createAttempts>, address: string, times: number): void => {
  for (let i = 0; i < times; i += 1) attempts.failed(address);
};

test('after ten failures an address waits until a quarter of an hour after the first', () => {
  const clock = testClock();
  const attempts = createAttempts(clock);
  fail(attempts, '192.0.2.1', 9);
  assert.equal(attempts.waitSeconds('192.0.2.1'), 0);
  clock.move(60_000);
  fail(attempts, '192.0.2.1', 1);
  assert.equal(attempts.waitSeconds('192.0.2.1'), 14 * 60);
  assert.equal(attempts.waitSeconds('192.0.2.2'), 0, 'others go on');
  clock.move(14 * 60_000);
  assert.equal(attempts.waitSeconds('192.0.2.1'), 0);
});

test('all addresses of an IPv6 network of /64 count as one, however they are written', () => {
  const attempts = createAttempts(testClock());
  fail(attempts, '2001:db8:0:1::1', 5);
  fail(attempts, '2001:0db8:0000:0001:ffff:0:0:2', 5);
  assert.ok(attempts.waitSeconds('2001:db8::1:0:0:0:3') > 0);
  assert.equal(attempts.waitSeconds('2001:db8:0:2::1'), 0);
  fail(attempts, '::ffff:192.0.2.1', 10);
  assert.equal(attempts.waitSeconds('::ffff:192.0.2.2'), 0, 'addresses of IPv4 are not one network');
});

test('so many addresses that the oldest are forgotten take no more memory', () => {
  const attempts = createAttempts(testClock());
  fail(attempts, '192.0.2.1', 10);
  for (let i = 0; i < 10_000; i += 1) attempts.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  assert.equal(attempts.waitSeconds('192.0.2.1'), 0);
});

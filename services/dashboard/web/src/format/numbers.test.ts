import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compact, count, decimal, NONE, percent, perSecond, plain } from './numbers.ts';

test('counts have their thousands apart, and nothing stands for what is not there', () => {
  assert.equal(count(1_234_567), '1,234,567');
  assert.equal(count(0), '0');
  for (const missing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(count(missing), NONE);
});

test('a count is shortened from ten thousand on', () => {
  assert.equal(compact(9_999), '9,999');
  assert.equal(compact(10_000), '10K');
  assert.equal(compact(1_250_000), '1.3M');
  assert.equal(compact(-20_000), '-20K');
});

test('a rate of 1 is a hundred percent, and its space does not break', () => {
  assert.equal(percent(1), '100.0\u00a0%');
  assert.equal(percent(0.8754, 0), '88\u00a0%');
  assert.equal(percent(null), NONE);
});

test('decimals are as many as asked for, also where they are zeros', () => {
  assert.equal(decimal(12, 2), '12.00');
  assert.equal(perSecond(3.14), '3.1/s');
});

test('a number of unknown size keeps what is significant of it', () => {
  assert.equal(plain(0.000_123_456), '0.0001235');
  assert.equal(plain(12_345.678), '12,345.68');
  assert.equal(plain(42), '42');
});

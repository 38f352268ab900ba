import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alone, spanOf } from './points.ts';

test('a value between gaps is a point, one with a neighbour is part of a line', () => {
  assert.deepEqual(alone([1, null, 2, 3, null, undefined, 4]), [0, 6]);
  assert.deepEqual(alone([7]), [0]);
  assert.deepEqual(alone([1, 2]), []);
  assert.deepEqual(alone([null, null]), []);
});

test('a single moment has a stretch of time around it', () => {
  assert.deepEqual(spanOf([1_000], 1_000, 87_401_000), [700, 1_300], 'whatever the end is taken for');
  assert.deepEqual(spanOf([864_000], 864_000, 864_000), [0, 1_728_000], 'a day is among days');
  assert.deepEqual(spanOf([1, 2], 1, 2), [1, 2]);
  assert.deepEqual(spanOf([], 1, 2), [1, 2]);
});

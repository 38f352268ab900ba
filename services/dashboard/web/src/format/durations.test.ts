import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age, duration, minutes } from './durations.ts';

test('a length of time has its two greatest units', () => {
  const shown = [0, 0.85, 5.25, 35, 59.7, 245, 3_599, 12_000, 180_000].map(duration);
  assert.deepEqual(shown, [
    '0 s',
    '850 ms',
    '5.3 s',
    '35 s',
    '1 min 00 s',
    '4 min 05 s',
    '59 min 59 s',
    '3 h 20 min',
    '2 d 2 h',
  ]);
  assert.equal(duration(-61), '−1 min 01 s');
  assert.equal(duration(null), '–');
});

test('an age is in whole units that have passed', () => {
  assert.deepEqual([0.4, 1, 59.9, 60, 3_599, 3_600, 86_400].map(age), [
    ...['now', '1 s ago', '59 s ago', '1 min ago', '59 min ago', '1 h ago', '1 d ago'],
  ]);
  assert.equal(age(null), '–');
});

test('minutes have one decimal', () => {
  assert.equal(minutes(18.44), '18.4\u00a0min');
  assert.equal(minutes(null), '–');
});

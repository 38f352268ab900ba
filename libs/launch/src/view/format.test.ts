import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, NEVER } from '@medallion/core';
import { count, duration, rate, value, watermark } from './format.ts';
import { cells, cut, fit, printable } from './line.ts';

test('durations are told in their two greatest units', () => {
  const told = [0, 449, 59_940, 59_960, 134_000, 3_598_000, 3_600_000, 11_100_000, 172_800_000, -5].map(duration);
  assert.deepEqual(told, [
    '0.0 s',
    '0.4 s',
    '59.9 s',
    '1 min 0 s',
    '2 min 14 s',
    '59 min 58 s',
    '1 h 00 min',
    '3 h 05 min',
    '2 d 0 h',
    '0.0 s',
  ]);
});

test('an unknown number is a dash, not a zero', () => {
  assert.deepEqual([count(null), rate(null), value(null, 'long'), value(undefined, 'string')], ['–', '–', '–', '–']);
  assert.deepEqual([count(0), rate(0)], ['0', '0.0']);
});

test('a watermark of today says how far it is behind, one of a replay says its day', () => {
  const now = instant(Date.parse('2025-12-25T12:00:00Z'));
  assert.equal(watermark(instant(now - 300_000), now), '11:55:00 (5 min 0 s ago)');
  assert.equal(watermark(instant(now - 40 * 3_600_000), now), '12-23 20:00');
  assert.equal(watermark(NEVER, now), '–');
});

test('a text is cut by the cells that it takes, and never within a character', () => {
  assert.equal(cut('東京タワー', 6), '東京…');
  assert.equal(cells(cut('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 3)), 3);
  assert.equal(fit('ab', 4, 'right'), '  ab');
  assert.equal(fit('abcdef', 4, 'left'), 'abc…');
  assert.equal(cut('abc', 0), '');
});

test('control characters and lone surrogates are replaced', () => {
  assert.equal(printable('a\x1b[31m\u009b\u2066\n\ud800'), 'a·[31m···\ufffd');
});

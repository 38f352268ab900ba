import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoTime } from './iso-time.ts';

test('an instant with a zone is read, whatever its precision and offset', () => {
  assert.equal(isoTime('1970-01-01T00:00:00.000Z'), 0);
  assert.equal(isoTime('2025-12-24T20:00:00.123Z'), 1_766_606_400_123);
  assert.equal(isoTime('2025-12-24T20:00Z'), 1_766_606_400_000);
  assert.equal(isoTime('2025-12-24T21:30:00.1239+01:30'), 1_766_606_400_123);
  assert.equal(isoTime('2024-02-29T00:00:00Z'), 1_709_164_800_000);
});

test('days, hours and months that do not exist, and texts of another form, are none', () => {
  for (const text of [
    '',
    'yesterday',
    'T-1',
    '24.12.2025 23:00',
    '2025-12-24T20:00:00.000',
    '2025-12-24',
    '2025-13-01T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2025-12-24T24:00:01Z',
    '2025-12-24T20:60:00Z',
    '2025-12-24T20:00:00.000Z ',
  ])
    assert.equal(isoTime(text), null, text);
});

test('every instant of the years 1 to 9999 is read back from its usual form', () => {
  const first = Date.parse('0001-01-01T00:00:00.000Z');
  const last = Date.parse('9999-12-31T23:59:59.999Z');
  fc.assert(fc.property(fc.integer({ min: first, max: last }), (at) => isoTime(new Date(at).toISOString()) === at));
});

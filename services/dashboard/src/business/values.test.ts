import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMedallionError } from '@medallion/core';
import fc from 'fast-check';
import { cellOf, type Kind, parameterOf } from './values.ts';

const isRefused = (error: unknown): boolean => isMedallionError(error) && error.code === 'MED_REQUEST_INVALID';
const KINDS: readonly Kind[] = [
  'boolean',
  'int',
  'long',
  'double',
  'decimal',
  'string',
  'enum',
  'timestamp',
  'date',
  'list',
];

test('each type takes its own texts', () => {
  const good: readonly (readonly [Kind, string, string?])[] = [
    ['boolean', 'true'],
    ['int', '-2147483647'],
    ['long', '-9223372036854775808'],
    ['double', '-1.5e-3', '-0.0015'],
    ['double', '1e-400', '0'],
    ['decimal', '-12345678901234567890.50'],
    ['string', "'; DROP TABLE x; --"],
    ['string', ''],
    ['timestamp', '2025-12-24T10:00:00Z', '2025-12-24T10:00:00.000Z'],
    ['timestamp', '2025-12-24T10:00:00.123456+02:00', '2025-12-24T08:00:00.123Z'],
    ['timestamp', '2025-12-24', '2025-12-24T00:00:00.000Z'],
    ['date', '2024-02-29'],
  ];
  for (const [kind, text, becomes] of good) assert.equal(parameterOf(text, kind, 'x'), becomes ?? text);
});

test('and no others', () => {
  const bad: readonly (readonly [Kind, string])[] = [
    ['boolean', 'TRUE'],
    ['boolean', '1'],
    ['int', '2147483648'],
    ['int', '1.0'],
    ['int', ''],
    ['long', '9999999999999999999'],
    ['long', '1e3'],
    ['double', 'NaN'],
    ['double', 'Infinity'],
    ['double', '1e999'],
    ['double', '0x10'],
    ['decimal', '1e5'],
    ['decimal', 'NaN'],
    ['string', 'a\u0000'],
    ['string', '\udc00'],
    ['string', 'x'.repeat(1_001)],
    ['timestamp', 'infinity'],
    ['timestamp', 'now'],
    ['timestamp', '2025-13-01T00:00:00Z'],
    ['timestamp', '2016-12-31T23:59:60Z'],
    ['timestamp', '0000-01-01T00:00:00Z'],
    ['timestamp', '+275760-09-13T00:00:00Z'],
    ['date', '2025-02-29'],
    ['date', 'today'],
    ['list', '[]'],
  ];
  for (const [kind, text] of bad) assert.throws(() => parameterOf(text, kind, 'x'), isRefused, `${kind} ${text}`);
});

test('any text is a value of a type or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.string({ unit: 'binary', maxLength: 40 }), (kind, text) => {
      try {
        const value = parameterOf(text, kind, 'x');
        if (kind !== 'string' && kind !== 'enum') assert.match(value, /^[\w.:+-]*$/);
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test('cells keep all digits, instants are ISO texts, and what JSON has no word for is null', () => {
  assert.equal(cellOf('9007199254740991', 'long'), 9_007_199_254_740_991);
  assert.equal(cellOf('9007199254740993', 'long'), '9007199254740993');
  assert.equal(cellOf('10.50', 'decimal'), '10.50');
  assert.equal(cellOf(0, 'timestamp'), '1970-01-01T00:00:00.000Z');
  assert.equal(cellOf(Number.NaN, 'timestamp'), null);
  assert.equal(cellOf(20_000, 'date'), '2024-10-04');
  assert.equal(cellOf(Number.POSITIVE_INFINITY, 'double'), null);
  assert.equal(cellOf(null, 'string'), null);
  assert.deepEqual(cellOf([{ a: 1 }], 'list'), [{ a: 1 }]);
});

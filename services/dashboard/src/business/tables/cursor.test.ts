import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMedallionError } from '@medallion/core';
import fc from 'fast-check';
import type { Kind } from '../values.ts';
import { readCursor, writeCursor } from './cursor.ts';

const KINDS = [{ kind: 'timestamp' }, { kind: 'string' }, { kind: 'long' }] as const satisfies { kind: Kind }[];
const isRefused = (error: unknown): boolean => isMedallionError(error) && error.code === 'MED_REQUEST_INVALID';
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const place = fc.tuple(
  fc.option(
    fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }).map((at) => at.toISOString()),
  ),
  fc.option(fc.string({ unit: 'grapheme', maxLength: 100 }).filter((text) => !text.includes('\u0000'))),
  fc.option(fc.maxSafeInteger().map(String)),
);

test('a cursor that was written is read as it was', () => {
  fc.assert(
    fc.property(place, fc.nat(10_000_000), fc.string({ maxLength: 50 }), (values, shown, of) => {
      const text = writeCursor(of, { values, shown });
      assert.match(text, /^[\w-]+$/);
      assert.deepEqual(readCursor(text, of, KINDS), { values, shown });
    }),
  );
});

test('a cursor of another table or order is refused', () => {
  const text = writeCursor('gold.a -x', { values: [null, 'b', '1'], shown: 0 });
  assert.throws(() => readCursor(text, 'gold.a x', KINDS), isRefused);
  assert.throws(() => readCursor(text, 'gold.b -x', KINDS), isRefused);
});

test('whatever else comes is refused, or is values of the right types', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.base64String(),
    fc.jsonValue().map(encoded),
    fc.array(fc.jsonValue(), { maxLength: 6 }).map((values) => encoded(['t', 0, ...values])),
    fc.tuple(fc.jsonValue(), fc.jsonValue()).map(([shown, value]) => encoded(['t', shown, null, value, null])),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        const { values, shown } = readCursor(text, 't', KINDS);
        assert.ok(Number.isInteger(shown) && shown >= 0 && values.length === 3);
        assert.ok(values[0] === null || new Date(values[0]!).toISOString() === values[0]);
        assert.ok(values[1] === null || !values[1]!.includes('\u0000'));
        assert.ok(values[2] === null || /^-?\d{1,19}$/.test(values[2]!));
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

test('hostile cursors, one by one', () => {
  for (const value of [
    {},
    [],
    ['t'],
    ['t', 0],
    ['t', 0, null, null],
    ['t', 0, null, null, null, null],
    ['t', -1, null, null, null],
    ['t', 0.5, null, null, null],
    ['t', 1e300, null, null, null],
    ['t', 0, 'infinity', null, null],
    ['t', 0, "2025-12-24'; --", null, null],
    ['t', 0, null, 'a\u0000b', null],
    ['t', 0, null, '\ud800', null],
    ['t', 0, null, null, '1 OR 1=1'],
    ['t', 0, null, null, '99999999999999999999'],
    ['t', 0, null, null, '9223372036854775808'],
    ['t', 0, null, ['x'], null],
    ['t', 0, { toString: 1 }, null, null],
  ])
    assert.throws(() => readCursor(encoded(value), 't', KINDS), isRefused, JSON.stringify(value));
  assert.throws(() => readCursor('a'.repeat(20_000), 't', KINDS), isRefused);
});

test('a long key is no hindrance', () => {
  const values = [null, 'x'.repeat(5_000), '-9223372036854775808'];
  assert.deepEqual(readCursor(writeCursor('t', { values, shown: 0 }), 't', KINDS).values, values);
});

test('keys that are too long to come back are refused when they are written', () => {
  assert.throws(() => writeCursor('t', { values: ['x'.repeat(10_000)], shown: 0 }), isRefused);
});

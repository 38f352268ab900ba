import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EpochDay, type Instant, instant, isoString, NEVER } from '@medallion/core';
import fc from 'fast-check';
import { dateText, derivedName, ident, literal, timestampText, watermarkText } from './sql-text.ts';

test('an instant of the years 1 to 9999 is its ISO text', () => {
  const least = Date.parse('0001-01-01T00:00:00Z');
  fc.assert(
    fc.property(fc.integer({ min: least, max: 253_402_300_799_999 }), (ms) => {
      assert.equal(timestampText(instant(ms)), isoString(instant(ms)));
    }),
  );
});

test('years before 1 and after 9999 are written as Postgres reads them', () => {
  const cases: [string, string][] = [
    ['+012345-06-07T08:09:10.011Z', '12345-06-07T08:09:10.011Z'],
    ['0000-12-31T00:00:00.000Z', '0001-12-31T00:00:00.000Z BC'],
    ['-000043-03-15T12:00:00.000Z', '0044-03-15T12:00:00.000Z BC'],
  ];
  for (const [iso, expected] of cases) {
    assert.equal(timestampText(Date.parse(iso) as Instant), expected);
    const day = Math.floor(Date.parse(iso) / 86_400_000) as EpochDay;
    assert.equal(dateText(day), expected.replace(/T.*Z/, ''));
  }
});

test('the watermark before the first row is -infinity', () => {
  assert.equal(watermarkText(NEVER), '-infinity');
  assert.equal(watermarkText(instant(0)), '1970-01-01T00:00:00.000Z');
});

test('identifiers and literals are quoted', () => {
  assert.equal(ident('a"b'), '"a""b"');
  assert.equal(literal("it's"), "'it''s'");
});

test('names that Postgres would cut are shortened so that they stay different', () => {
  assert.equal(derivedName('gold', '__state'), 'gold__state');
  const long = 'x'.repeat(60);
  const names = [derivedName(`${long}a`, '__state'), derivedName(`${long}b`, '__state')];
  assert.notEqual(names[0], names[1]);
  for (const name of names) assert.ok(name.length <= 63 && name.endsWith('__state'), name);
});

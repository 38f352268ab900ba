import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cell, compareCells, isNumeric, title } from './cells.ts';
import { headlineText, labelOf, unitOf, withUnit } from './units.ts';

test('a value is shown by the type of its column', () => {
  assert.equal(cell('2026-12-24T12:00:00.000Z', 'timestamp', 'utc'), '24 Dec 2026, 12:00:00');
  assert.equal(cell('2026-12-24', 'date', 'local'), '24 Dec 2026');
  assert.equal(cell(1_234, 'long', 'utc'), '1,234');
  assert.equal(cell('12.50', 'decimal', 'utc'), '12.50');
  assert.equal(cell(true, 'boolean', 'utc'), 'yes');
  assert.equal(cell({ a: [1] }, 'record', 'utc'), '{"a":[1]}');
  assert.equal(cell(null, 'string', 'utc'), '–');
});

test('text of a record stays text', () => {
  assert.equal(cell('<script>alert(1)</script>', 'string', 'utc'), '<script>alert(1)</script>');
});

test('decimals and long numbers that come as text are compared as numbers', () => {
  assert.ok(compareCells('9.5', '10.25', 'decimal') < 0);
  assert.ok(isNumeric('decimal') && isNumeric('long') && !isNumeric('string') && !isNumeric('interval'));
});

test('text is compared as people count: city 9 before city 10', () => {
  assert.ok(compareCells('city 9', 'city 10', 'string') < 0);
});

test('comparing is an order', () => {
  const value = fc.oneof(fc.constant(null), fc.string(), fc.integer(), fc.boolean());
  fc.assert(
    fc.property(value, value, (a, b) => {
      assert.equal(Math.sign(compareCells(a, b, 'string')), -Math.sign(compareCells(b, a, 'string')) + 0);
    }),
  );
});

test('names of tables and columns are read without their layer and unit', () => {
  assert.equal(title('gold_top_cities'), 'Top cities');
  assert.equal(labelOf('avg_delivery_time_minutes'), 'Avg delivery time');
  assert.equal(labelOf('avg_minutes'), 'Avg minutes');
});

test('the unit of a number is in the name of its column', () => {
  assert.deepEqual(
    ['success_rate', 'rate', 'avg_minutes', 'avg_effective_speed_kmh', 'events', 'generate'].map(unitOf),
    ['percent', 'percent', 'minutes', 'km/h', null, null],
  );
  assert.equal(withUnit(0.5, 'percent'), '50.0\u00a0%');
  assert.equal(withUnit(0.5, null), '0.5');
  assert.equal(headlineText(1_234, null), '1,234');
  assert.equal(headlineText('Tokyo', null), 'Tokyo');
  assert.equal(headlineText(null, 'percent'), '–');
});

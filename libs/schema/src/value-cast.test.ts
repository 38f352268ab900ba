import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { boolean, date, decimal, double, int, list, long, oneOfStrings, row, string, timestamp } from './field.ts';
import { valueCast } from './value-cast.ts';

const schema = row('Row', {
  flag: boolean(),
  small: int(),
  big: long(),
  ratio: double(),
  text: string(),
  at: timestamp(),
  day: date(),
  colour: oneOfStrings(['red', 'green']),
  price: decimal(10, 2),
  items: list(row('Item', { a: int(), b: string() })),
});
const cast = valueCast(schema);
const nulls = {
  flag: null,
  small: null,
  big: null,
  ratio: null,
  text: null,
  at: null,
  day: null,
  colour: null,
  price: null,
  items: null,
};
const bytes = (text: string) => new TextEncoder().encode(text);

describe('valueCast', () => {
  it('reads each type from the values that readers give', () => {
    const at = new Date('2026-12-24T18:30:00.123Z');
    const day = new Date('2026-12-24T00:00:00.000Z');
    const reads: [keyof typeof nulls, unknown, unknown][] = [
      ['flag', true, true],
      ['small', -7n, -7],
      ['big', 9_007_199_254_740_991n, 9_007_199_254_740_991],
      ['ratio', 5n, 5],
      ['text', bytes('é'), 'é'],
      ['at', at, at.getTime()],
      ['at', at.toISOString(), at.getTime()],
      ['day', day, day.getTime() / 86_400_000],
      ['day', '2026-12-24', day.getTime() / 86_400_000],
      ['colour', bytes('red'), 'red'],
      ['price', 12.5, 12.5],
      ['price', '12.50', 12.5],
      ['price', 12n, 12],
      [
        'items',
        [{ a: 1n, b: 'x' }, {}],
        [
          { a: 1, b: 'x' },
          { a: null, b: null },
        ],
      ],
      ['text', undefined, null],
    ];
    for (const [column, value, expected] of reads)
      assert.deepEqual(cast({ [column]: value }), { row: { ...nulls, [column]: expected }, rescued: null }, column);
  });

  it('rescues each value that does not fit as JSON (K1)', () => {
    const reads: [string, unknown, string][] = [
      ['flag', 1, '1'],
      ['small', 2_147_483_648n, '2147483648'],
      ['small', 0.5, '0.5'],
      ['big', 9_007_199_254_740_993n, '9007199254740993'],
      ['ratio', 9_007_199_254_740_993n, '9007199254740993'],
      ['ratio', Number.NaN, '"NaN"'],
      ['ratio', Number.NEGATIVE_INFINITY, '"-Infinity"'],
      ['text', Uint8Array.of(0xff), '"/w=="'],
      ['text', 5n, '5'],
      ['at', new Date(Number.NaN), 'null'],
      ['at', new Date('-000001-01-01T00:00:00Z'), '"-000001-01-01T00:00:00.000Z"'],
      ['at', 5n, '5'],
      ['day', new Date('2026-12-24T00:00:00.001Z'), '"2026-12-24T00:00:00.001Z"'],
      ['colour', 'blue', '"blue"'],
      ['price', 12.345, '12.345'],
      ['items', { a: 1 }, '{"a":1}'],
      ['other', [1n, new Date(0), { x: bytes('a'), y: undefined }], '[1,"1970-01-01T00:00:00.000Z",{"x":"YQ=="}]'],
    ];
    for (const [column, value, text] of reads)
      assert.deepEqual(cast({ [column]: value }), { row: nulls, rescued: `{"${column}":${text}}` }, column);
  });

  it('takes units times 0.01, as readers of Parquet calculate decimals, for the decimal (K6)', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }), (units) => {
        assert.equal(cast({ price: units * 0.01 }).row.price, units / 100 + 0);
      }),
      { numRuns: 5_000 },
    );
    for (const price of [1.004_999, 12.340_001, 99_999_999.990_001]) assert.equal(cast({ price }).row.price, null);
  });
});

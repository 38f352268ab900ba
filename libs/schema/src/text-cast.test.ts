import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { boolean, date, decimal, double, int, list, long, oneOfStrings, row, string, timestamp } from './field.ts';
import { textCast } from './text-cast.ts';

const schema = row('Line', {
  flag: boolean(),
  small: int(),
  big: long(),
  ratio: double(),
  text: string(),
  at: timestamp(),
  day: date(),
  colour: oneOfStrings(['red', 'green']),
  price: decimal(10, 2),
  items: list(row('Item', { a: int() })),
});
const cast = textCast(schema);
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

describe('textCast', () => {
  it('reads each type from its text', () => {
    const line = {
      flag: 'TRUE',
      small: '-7',
      big: '9007199254740991',
      ratio: '.5e1',
      text: ' "x" ',
      at: '2026-12-24T18:30:00Z',
      day: '2026-12-24',
      colour: 'green',
      price: '+0012.50',
      items: null,
    };
    assert.deepEqual(cast(line), {
      row: {
        ...{ flag: true, small: -7, big: 9_007_199_254_740_991, ratio: 5, text: ' "x" ' },
        ...{
          at: Date.parse(line.at),
          day: Date.parse(line.day) / 86_400_000,
          colour: 'green',
          price: 12.5,
          items: null,
        },
      },
      rescued: null,
    });
  });

  it('reads null and columns that are not there as null', () => {
    assert.deepEqual(cast({ small: null, text: null }), { row: nulls, rescued: null });
  });

  it('rescues each text that does not fit, and leaves its column null (K1)', () => {
    for (const [column, text] of [
      ['flag', 'yes'],
      ['flag', '1'],
      ['small', ''],
      ['small', '1.0'],
      ['small', '2147483648'],
      ['small', '1e3'],
      ['big', '9007199254740993'],
      ['ratio', 'NaN'],
      ['ratio', '1e999'],
      ['ratio', '0x10'],
      ['ratio', '.'],
      ['text', 'nul\0here'],
      ['text', '\ud83c'],
      ['at', '2026-12-24 18:30:00'],
      ['day', '24.12.2026'],
      ['colour', 'Red'],
      ['price', '12.345'],
      ['price', '1,5'],
      ['items', '[]'],
    ] as const)
      assert.deepEqual(cast({ [column]: text }), { row: nulls, rescued: JSON.stringify({ [column]: text }) }, column);
  });

  it('rescues columns that nobody declared, in the order of the line (K2)', () => {
    assert.deepEqual(cast({ zip: '1', text: 'a', extra: null, small: 'x' }), {
      row: { ...nulls, text: 'a' },
      rescued: '{"zip":"1","extra":null,"small":"x"}',
    });
  });

  it('gives rows room', () => {
    assert.deepEqual(textCast(row('R', { a: int() }), ['a', 'b'])({ a: '1' }), {
      row: { a: 1, b: null },
      rescued: null,
    });
  });

  it('reads back every number that was written as text', () => {
    fc.assert(
      fc.property(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), (i, l, d) => {
        const { row: read, rescued } = cast({ small: String(i), big: String(l), ratio: String(d) });
        assert.deepEqual([read.small, read.big, read.ratio, rescued], [i, l, d + 0, null]);
      }),
    );
  });
});

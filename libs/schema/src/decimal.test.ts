import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decimalNear, decimalOfUnits, decimalUnits, parseDecimal, unitsText } from './decimal.ts';
import { decimal, list, row } from './field.ts';

const anyType = fc
  .tuple(fc.integer({ min: 1, max: 15 }), fc.nat({ max: 15 }))
  .filter(([precision, scale]) => scale <= precision)
  .map(([precision, scale]) => ({ precision, scale }));
const anyDecimal = anyType.chain((type) => {
  const most = 10 ** type.precision - 1;
  return fc.tuple(fc.constant(type), fc.integer({ min: -most, max: most }));
});

describe('a decimal', () => {
  it('of 15 digits is its double: units, value, text and back, nothing is lost (V1)', () => {
    fc.assert(
      fc.property(anyDecimal, ([type, units]) => {
        const value = decimalOfUnits(units, type);
        assert.equal(decimalUnits(value, type), units);
        assert.equal(Number(unitsText(units, type.scale)), value);
        assert.equal(parseDecimal(unitsText(units, type.scale), type), value);
        assert.equal(parseDecimal(String(value), type), value + 0);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is told from every other number (V2)', () => {
    const money = { precision: 10, scale: 2 };
    for (const value of [0.001, 1.005, 1e8, -1e8, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 0.1 + 0.2, '1', null])
      assert.equal(decimalUnits(value, money), null, String(value));
    assert.equal(decimalUnits(99_999_999.99, money), 9_999_999_999);
    assert.equal(decimalUnits(0.3, money), 30);
    fc.assert(
      fc.property(fc.double(), anyType, (value, type) => {
        const units = decimalUnits(value, type);
        if (units !== null) assert.equal(Number(`${units}e-${type.scale}`), value + 0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('that was calculated is the one next to it; what is further away is none (V3)', () => {
    const money = { precision: 12, scale: 4 };
    fc.assert(
      fc.property(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -99_999, max: 99_999 }), (a, b) => {
        const [price, quantity] = [a / 100, b / 100];
        assert.equal(decimalNear(price * quantity, money), Number(`${BigInt(a) * BigInt(b)}e-4`));
        assert.equal(decimalNear(price + quantity, money), (a + b) / 100);
        assert.equal(decimalNear(price - quantity, money), (a - b) / 100);
      }),
    );
    for (const value of [
      1 / 3,
      12.340_05,
      1e-5,
      1e8,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      12_345_678.123_400_1,
      99_999_999.999_96,
    ])
      assert.equal(decimalNear(value, money), null, String(value));
    assert.ok(Object.is(decimalNear(-0, money), 0));
  });

  it('is read from every way to write it, and from nothing else (K4)', () => {
    const money = { precision: 10, scale: 2 };
    const reads: [string, number | null][] = [
      ['12.5', 12.5],
      ['12.50000000000000000000', 12.5],
      ['00012.5', 12.5],
      ['1.25e1', 12.5],
      ['1250E-2', 12.5],
      ['-0', 0],
      ['0e999', 0],
      ['1e7', 10_000_000],
      ['99999999.99', 99_999_999.99],
      ['100000000', null],
      ['1e999', null],
      ['1e-400', null],
      ['12.345', null],
      ['0.10000000000000000001', null],
      ['12,5', null],
      ['', null],
      ['.5', null],
      ['5.', null],
      ['0x10', null],
      ['NaN', null],
      [' 1', null],
    ];
    for (const [text, value] of reads) assert.equal(parseDecimal(text, money), value, text);
  });

  it('has 1 to 15 digits, no fewer of them before the point than none', () => {
    for (const [precision, scale] of [
      [0, 0],
      [16, 2],
      [10, 11],
      [10, -1],
      [1.5, 0],
    ] as const)
      assert.throws(() => decimal(precision, scale), RangeError);
  });
});

it('the elements of a list have columns, all of which may be null', () => {
  assert.throws(() => list(row('Nothing', {})), RangeError);
  const { type } = list(row('Item', { price: decimal(4, 2) }));
  assert.ok(type.kind === 'list' && type.of.fields[0]?.nullable === true);
});

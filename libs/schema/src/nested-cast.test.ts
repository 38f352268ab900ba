import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decimalOfUnits } from './decimal.ts';
import { decimal, double, int, list, long, row, string, timestamp } from './field.ts';
import { jsonCast } from './json-cast.ts';
import { rowText } from './json-text.ts';

const Order = row('Order', {
  id: string(),
  total: decimal(10, 2),
  big: long(),
  ratio: double(),
  items: list(
    row('Item', {
      sku: string(),
      price: decimal(10, 2),
      n: int(),
      at: timestamp(),
      tags: list(row('Tag', { t: string() })),
    }),
  ),
});
const cast = jsonCast(Order);
const read = (text: string) => cast(JSON.parse(text), () => text);
const nulls = { id: null, total: null, big: null, ratio: null, items: null };
const noItem = { sku: null, price: null, n: null, at: null, tags: null };

describe('a decimal in JSON', () => {
  it('may be a number or a text (K4)', () => {
    for (const value of ['12.5', '"12.5"', '12.50', '"12.50"', '1.25e1', '12.50000000000000000000'])
      assert.deepEqual(read(`{"total":${value}}`), { row: { ...nulls, total: 12.5 }, rescued: null }, value);
  });

  it('is rescued as it was written when a digit of it would be lost, though JavaScript has rounded it already (K4)', () => {
    for (const value of [
      '12.345',
      '0.10000000000000000001',
      '99999999.9900000001',
      '1e-400',
      '-1E-999',
      '100000000',
      '"12,5"',
      '"12.345"',
      'true',
      '{}',
      '[1]',
    ])
      assert.deepEqual(read(`{"total":${value}}`), { row: nulls, rescued: `{"total":${value}}` }, value);
  });

  it('does not change how other numbers beside it are read', () => {
    const text = '{"total":1.10,"big":1234567890123456,"ratio":0.12345678901234567}';
    assert.deepEqual(read(text), {
      row: { ...nulls, total: 1.1, big: 1_234_567_890_123_456, ratio: Number('0.12345678901234567') },
      rescued: null,
    });
    const beyond = '{"total":1.10,"big":12345678901234567890}';
    assert.deepEqual(read(beyond), { row: { ...nulls, total: 1.1 }, rescued: '{"big":12345678901234567890}' });
  });

  it('of 15 digits is told from its neighbours of 16 that have the same double (K4)', () => {
    const ratio = jsonCast(row('R', { ratio: decimal(15, 14) }));
    const readRatio = (digits: string) => ratio({ ratio: Number(digits) }, () => `{"ratio":${digits}}`);
    let shared = 0;
    for (let units = 900_000_000_000_000; units < 900_000_000_000_050; units++) {
      const [fifteen, sixteen] = [`${units}e-14`, `${units}1e-15`];
      if (Number(fifteen) === Number(sixteen)) shared++;
      assert.equal(readRatio(fifteen)?.row.ratio, Number(fifteen));
      assert.deepEqual(readRatio(sixteen), { row: { ratio: null }, rescued: `{"ratio":${sixteen}}` });
    }
    assert.ok(shared > 0);
  });

  it('comes back from every text of it, however many digits of noise are behind (K1, K2, K4)', () => {
    const units = fc.integer({ min: -9_999_999_999, max: 9_999_999_999 });
    const noise = fc.stringMatching(/^[0-9]{0,25}$/);
    fc.assert(
      fc.property(units, noise, (n, digits) => {
        const value = decimalOfUnits(n, { scale: 2 });
        const text = `${value.toFixed(2)}${digits}`;
        const expected = /^0*$/.test(digits)
          ? { row: { ...nulls, total: value + 0 }, rescued: null }
          : { row: nulls, rescued: `{"total":${text}}` };
        assert.deepEqual(read(`{"total":${text}}`), expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a list in JSON', () => {
  it('is a row for each element, of every depth', () => {
    const text = '{"items":[{"sku":"a","price":1.5,"tags":[{"t":"x"},{}]},{},{"n":2,"tags":[]}]}';
    assert.deepEqual(read(text), {
      row: {
        ...nulls,
        items: [
          { ...noItem, sku: 'a', price: 1.5, tags: [{ t: 'x' }, { t: null }] },
          noItem,
          { ...noItem, n: 2, tags: [] },
        ],
      },
      rescued: null,
    });
  });

  it('rescues what does not fit and what nobody declared, each by its path (K2, K3)', () => {
    const text =
      '{"id":7,"items":[{"sku":"a","price":1.234},{"x":1.50,"tags":[{"t":0},5,{"u":[null]}]},null,"z"],"more":{"a":1}}';
    assert.deepEqual(read(text), {
      row: {
        ...nulls,
        items: [{ ...noItem, sku: 'a' }, { ...noItem, tags: [{ t: null }, { t: null }, { t: null }] }, noItem, noItem],
      },
      rescued:
        '{"id":7,"items[0].price":1.234,"items[1].tags[0].t":0,"items[1].tags[1]":5,"items[1].tags[2].u":[null],"items[1].x":1.50,"items[2]":null,"items[3]":"z","more":{"a":1}}',
    });
  });

  it('is rescued whole when it is none', () => {
    for (const value of ['{}', '1', '"[]"', 'true'])
      assert.deepEqual(read(`{"items":${value}}`), { row: nulls, rescued: `{"items":${value}}` });
  });

  it('keeps names of Object.prototype apart (K7)', () => {
    const text = '{"items":[{"__proto__":{"sku":"a"},"constructor":1}]}';
    assert.deepEqual(read(text), {
      row: { ...nulls, items: [noItem] },
      rescued: '{"items[0].__proto__":{"sku":"a"},"items[0].constructor":1}',
    });
  });
});

it('what rowText writes, jsonCast reads back (V6)', () => {
  const write = rowText(Order);
  const text = fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0') && s.isWellFormed());
  const money = fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }).map((n) => n / 100 + 0);
  const plain = { noNullPrototype: true };
  const tag = fc.record({ t: fc.option(text) }, plain);
  const item = fc.record(
    {
      sku: fc.option(text),
      price: fc.option(money),
      n: fc.option(fc.integer()),
      at: fc.option(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
      tags: fc.option(fc.array(tag, { maxLength: 2 })),
    },
    plain,
  );
  const order = fc.record(
    {
      id: fc.option(text),
      total: fc.option(money),
      big: fc.option(fc.maxSafeInteger()),
      ratio: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)),
      items: fc.option(fc.array(item, { maxLength: 3 })),
    },
    plain,
  );
  fc.assert(fc.property(order, (value) => assert.deepEqual(read(write(value)), { row: value, rescued: null })));
});

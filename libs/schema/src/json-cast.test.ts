import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { boolean, date, double, int, long, oneOfStrings, row, string, timestamp } from './field.ts';
import { jsonCast } from './json-cast.ts';
import type { CastResult } from './row-cast.ts';

const schema = row('Everything', {
  flag: boolean(),
  small: int(),
  big: long(),
  ratio: double(),
  text: string(),
  at: timestamp(),
  day: date(),
  colour: oneOfStrings(['red', 'green']),
});
const cast = jsonCast(schema);
const nulls = { flag: null, small: null, big: null, ratio: null, text: null, at: null, day: null, colour: null };
const read = (text: string): CastResult | null => cast(JSON.parse(text), () => text);

describe('jsonCast', () => {
  it('reads values that fit their columns', () => {
    const text =
      '{"flag":true,"small":-7,"big":9007199254740991,"ratio":0.5,"text":"🎁","at":"1970-01-01T00:00:01.000Z","day":"1970-01-02","colour":"red"}';
    assert.deepEqual(read(text), {
      row: {
        flag: true,
        small: -7,
        big: 9007199254740991,
        ratio: 0.5,
        text: '🎁',
        at: 1000,
        day: 1,
        colour: 'red',
      },
      rescued: null,
    });
  });

  it('reads missing and null values as null, and rescues nothing', () => {
    assert.deepEqual(read('{}'), { row: nulls, rescued: null });
    assert.deepEqual(read('{"flag":null,"text":null}'), { row: nulls, rescued: null });
  });

  it('is no row when the value is no object', () => {
    for (const text of ['null', '1', '"text"', 'true', '[]', '[{"flag":true}]']) assert.equal(read(text), null, text);
  });

  it('rescues each value that does not fit, and leaves its column null', () => {
    for (const [column, value] of [
      ['flag', '"true"'],
      ['flag', '1'],
      ['small', '2147483648'],
      ['small', '1.5'],
      ['small', '"1"'],
      ['big', '9007199254740993'],
      ['big', '-9007199254740992'],
      ['big', '0.1'],
      ['ratio', '"NaN"'],
      ['ratio', '"Infinity"'],
      ['ratio', '1e999'],
      ['ratio', '{}'],
      ['text', '5'],
      ['text', '["a"]'],
      ['text', '"nul\\u0000here"'],
      ['text', '"\\ud83c"'],
      ['at', '1735065000000'],
      ['at', '"2026-02-30T00:00:00.000Z"'],
      ['day', '"2026-02-30"'],
      ['day', '"2026-1-1"'],
      ['day', '3'],
      ['colour', '"blue"'],
      ['colour', '["red"]'],
      ['colour', '0'],
    ] as const) {
      const result = read(`{"${column}":${value}}`);
      assert.deepEqual(result?.row, nulls, `${column} ${value}`);
      // Written as it was: numbers that JavaScript rounds keep their digits.
      assert.equal(result.rescued, `{"${column}":${value}}`);
    }
  });

  it('rescues keys that nobody declared, beside the values that fit', () => {
    assert.deepEqual(read('{"text":"a","extra":{"deep":[1.50,null,"x"]},"more":null}'), {
      row: { ...nulls, text: 'a' },
      rescued: '{"extra":{"deep":[1.50,null,"x"]},"more":null}',
    });
  });

  it('treats names of Object.prototype as any other key', () => {
    const text = '{"__proto__":{"flag":true},"constructor":1,"toString":"x"}';
    const result = read(text);
    assert.deepEqual(result, { row: nulls, rescued: text });
    assert.equal(Object.getPrototypeOf(result?.row), Object.prototype);
    assert.equal(({} as Record<string, unknown>).flag, undefined);
    const nested = '{"extra":{"__proto__":{"a":1}}}';
    assert.equal(read(nested)?.rescued, nested);
  });

  it('does not read a column named like a member of Object.prototype from there', () => {
    const odd = jsonCast(row('Odd', { constructor: string(), valueOf: string() }));
    const result = odd({}, () => '{}');
    assert.deepEqual(result, { row: { constructor: null, valueOf: null }, rescued: null });
  });

  it('keeps input whole that is nested too deeply to be taken apart', () => {
    const depth = 200_000;
    const text = `{"text":"a","extra":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    assert.deepEqual(read(text), { row: { ...nulls, text: 'a' }, rescued: text });
  });

  it('reads a text of 900 KB', () => {
    const long = '❄'.repeat(300_000);
    assert.equal(read(JSON.stringify({ text: long }))?.row.text, long);
  });

  it('gives every row an object of its own', () => {
    const first = read('{"text":"a"}');
    const second = read('{}');
    assert.equal(first?.row.text, 'a');
    assert.equal(second?.row.text, null);
  });

  it('loses no value of any JSON object: each is in its column or rescued', () => {
    const names = fc.oneof(fc.constantFrom(...Object.keys(nulls), '__proto__', 'constructor'), fc.string());
    const anyObject = fc.dictionary(names, fc.jsonValue(), { noNullPrototype: false });
    fc.assert(
      fc.property(anyObject, (input) => {
        const text = JSON.stringify(input);
        const result = read(text);
        assert.ok(result !== null);
        const rescued = JSON.parse(result.rescued ?? '{}') as Record<string, unknown>;
        for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
          if (Object.hasOwn(rescued, name)) assert.deepEqual(rescued[name], value);
          else if (value === null) assert.equal(result.row[name], null);
          else if (typeof value === 'string' && (name === 'at' || name === 'day'))
            assert.notEqual(result.row[name], null);
          else assert.equal(result.row[name], value);
        }
        assert.deepEqual(Object.keys(result.row), Object.keys(nulls));
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads back every row that was written as JSON', () => {
    const anyRow = fc.record({
      flag: fc.boolean(),
      small: fc.integer(),
      big: fc.maxSafeInteger(),
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
      text: fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0') && s.isWellFormed()),
      colour: fc.constantFrom('red', 'green'),
    });
    fc.assert(
      fc.property(anyRow, (values) => {
        const text = JSON.stringify(values);
        assert.deepEqual(read(text), { row: { ...nulls, ...JSON.parse(text) }, rescued: null });
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseInstant } from './instant-text.ts';

const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
const anyInstant = fc.integer({ min: EARLIEST, max: LATEST });

describe('parseInstant', () => {
  it('reads every instant that Date writes', () => {
    fc.assert(fc.property(anyInstant, (ms) => assert.equal(parseInstant(new Date(ms).toISOString()), ms)));
  });

  it('reads neighbouring instants of the same and of other days, whatever was read before', () => {
    const jumps = fc.array(fc.integer({ min: -200_000_000, max: 200_000_000 }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), jumps, (start, steps) => {
        for (const step of steps) assert.equal(parseInstant(new Date(start + step).toISOString()), start + step);
      }),
    );
  });

  it('accepts no text of 24 characters that Date would not write back the same', () => {
    const digit = fc.constantFrom(...'0123456789');
    const two = fc.tuple(digit, digit).map((d) => d.join(''));
    const parts = fc.tuple(two, two, two, two, two, two, two, fc.tuple(digit, digit, digit));
    fc.assert(
      fc.property(parts, ([c, y, mo, d, h, mi, s, ms]) => {
        const text = `${c}${y}-${mo}-${d}T${h}:${mi}:${s}.${ms.join('')}Z`;
        const at = parseInstant(text);
        // 24:00 is the next day's 00:00, in ISO-8601 and for Date.
        if (at !== null && h !== '24') assert.equal(new Date(at).toISOString(), text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is not led astray by a single wrong character', () => {
    const usual = '2026-12-24T18:30:00.123Z';
    const mutation = fc.tuple(fc.nat({ max: 23 }), fc.string({ minLength: 1, maxLength: 1, unit: 'binary-ascii' }));
    fc.assert(
      fc.property(mutation, ([at, character]) => {
        parseInstant(usual);
        const text = usual.slice(0, at) + character + usual.slice(at + 1);
        const parsed = parseInstant(text);
        if (parsed !== null) assert.equal(new Date(parsed).toISOString(), text);
      }),
      { numRuns: 5_000 },
    );
  });

  it('agrees with Date on offsets, missing seconds and other fractions', () => {
    for (const text of [
      '2026-12-24T18:30:00+05:30',
      '2026-12-24T18:30:00-11:00',
      '2026-12-24T18:30Z',
      '2026-12-24T18:30:15Z',
      '2026-12-24T18:30:15.1Z',
      '2024-02-29T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '2999-12-31T23:59:59.999Z',
    ])
      assert.equal(parseInstant(text), Date.parse(text), text);
  });

  it('cuts fractions beyond milliseconds off', () => {
    assert.equal(parseInstant('2026-12-24T18:30:15.123999999Z'), Date.parse('2026-12-24T18:30:15.123Z'));
  });

  it('refuses what is no instant', () => {
    for (const text of [
      '',
      'now',
      '1735065000000',
      '2026-12-24',
      '2026-12-24T18:30:00',
      '2026-12-24 18:30:00Z',
      '24 Dec 2026 18:30:00 GMT',
      '2026-13-01T00:00:00.000Z',
      '2026-02-30T00:00:00.000Z',
      '2023-02-29T00:00:00Z',
      '2026-12-24T25:00:00.000Z',
      '2026-12-24T18:60:00.000Z',
      '2026-12-24T18:30:60.000Z',
      '2026-12-24T18:30:00.000z',
      '2026-12-24T18:30:00+99:99',
      '+002026-12-24T18:30:00.000Z',
      ' 2026-12-24T18:30:00.000Z',
      '2026-12-24T18:30:00.000Z\n',
    ])
      assert.equal(parseInstant(text), null, JSON.stringify(text));
  });

  it('refuses years that Postgres cannot hold or that are written with more than four digits', () => {
    assert.equal(parseInstant('0000-12-31T23:59:59.999Z'), null);
    assert.equal(parseInstant('0001-01-01T00:00:00+00:01'), null);
    assert.equal(parseInstant('9999-12-31T23:59:59.999-00:01'), null);
    assert.equal(parseInstant('0001-01-01T00:00:00.000Z'), EARLIEST);
    assert.equal(parseInstant('9999-12-31T23:59:59.999Z'), LATEST);
  });
});

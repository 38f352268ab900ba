import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Coordinates, coordinateOf, formatCoordinate, parseCoordinate, SRC, TERM_HEADER } from './coordinates.ts';

const part = fc.nat({ max: 3 });
const coordinate = fc.record({
  flow: fc.constantFrom('a', 'b_c'),
  partition: part,
  offset: fc.nat({ max: 30 }),
  index: part,
});

test('P2 a coordinate is read back as it was written', () => {
  fc.assert(
    fc.property(fc.nat({ max: 99_999 }), fc.maxSafeNat(), fc.nat({ max: 99 }), (partition, offset, index) => {
      const text = formatCoordinate('silver_x', partition, offset, index);
      assert.deepEqual(parseCoordinate(text), { flow: 'silver_x', partition, offset, index });
    }),
  );
});

test('P2 what is no coordinate is refused', () => {
  for (const text of ['', ':1:2:3', 'a:1:2', 'a:x:2:3', 'a:-1:2:3', 'a:1:2:3 ', 'a:1:99999999999999999:0', 'a:1:1e3:0'])
    assert.equal(parseCoordinate(text), null, text);
});

test('P3 of any sequence exactly the records beyond the greatest of their source are new', () => {
  fc.assert(
    fc.property(fc.array(coordinate), (sequence) => {
      const coordinates = new Coordinates();
      sequence.forEach((c, i) => {
        const before = sequence.slice(0, i).filter((b) => b.flow === c.flow && b.partition === c.partition);
        const isNew = before.every((b) => c.offset > b.offset || (c.offset === b.offset && c.index > b.index));
        assert.equal(coordinates.advance(c), isNew);
      });
    }),
  );
});

test('P4 coordinates stored and read back go on where they were, and a clone goes its own way', () => {
  fc.assert(
    fc.property(fc.array(coordinate), fc.array(coordinate), (before, after) => {
      const coordinates = new Coordinates();
      for (const c of before) coordinates.advance(c);
      const restored = Coordinates.from(JSON.parse(JSON.stringify(coordinates.entries())) as Record<string, string>);
      const clone = coordinates.clone();
      const results = after.map((c) => coordinates.advance(c));
      assert.deepEqual(
        after.map((c) => restored.advance(c)),
        results,
      );
      assert.deepEqual(
        after.map((c) => clone.advance(c)),
        results,
      );
    }),
  );
});

test('P2 a header of bytes is read as its text is', () => {
  const record = (src: Buffer | string) => ({
    offset: 0,
    key: null,
    value: null,
    headers: { [SRC]: src },
    timestampMs: 0,
  });
  const texts = fc.oneof(
    fc.stringMatching(/^[a-c:]{0,4}:?\d{0,18}:\d{0,18}:\d{0,12}$/),
    fc
      .tuple(fc.constantFrom('a', 'bb', 'silver_x', 'x:y'), part, fc.maxSafeNat(), part)
      .map((c) => formatCoordinate(...c)),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      assert.deepEqual(
        coordinateOf(record(Buffer.from(text, 'latin1'))),
        parseCoordinate(Buffer.from(text, 'latin1').toString('latin1')),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('P10 of any sequence exactly those records are new that no greater term stands before', () => {
  const written = fc.record({
    flow: fc.constantFrom('a', 'b'),
    partition: fc.nat({ max: 1 }),
    offset: fc.nat({ max: 9 }),
    index: fc.constant(0),
    term: fc.nat({ max: 4 }),
    isFence: fc.boolean(),
  });
  const cut = fc.nat({ max: 30 });
  fc.assert(
    fc.property(fc.array(written), cut, (sequence, at) => {
      let coordinates = new Coordinates();
      sequence.forEach(({ isFence, ...of }, i) => {
        if (i === at) coordinates = Coordinates.from(coordinates.entries());
        const headers = {
          [SRC]: formatCoordinate(of.flow, of.partition, isFence ? 0 : of.offset, 0),
          [TERM_HEADER.term]: String(of.term),
          ...(isFence ? { [TERM_HEADER.fence]: 'somebody' } : {}),
        };
        const before = sequence.slice(0, i).filter((b) => b.flow === of.flow && b.partition === of.partition);
        const counting = before.filter((b, k) => !b.isFence && before.slice(0, k).every(({ term }) => term <= b.term));
        const isNew =
          !isFence && before.every(({ term }) => term <= of.term) && counting.every(({ offset }) => offset < of.offset);
        const coordinate = coordinateOf({ headers })!;
        assert.equal(coordinates.isNew(coordinate), isNew);
        assert.equal(coordinates.advance(coordinate), isNew);
      });
    }),
  );
});

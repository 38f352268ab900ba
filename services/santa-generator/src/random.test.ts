import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom, cumulate } from './random.ts';
import { createTimestamps } from './timestamps.ts';

test('draws lie within their bounds, for any seed', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
      const random = createRandom(seed);
      for (let i = 0; i < 20; i++) {
        const [u, n] = [random.uniform(), random.below(bound)];
        assert.ok(u >= 0 && u < 1 && Number.isInteger(n) && n >= 0 && n < bound);
      }
    }),
  );
});

test('neighbouring seeds draw differently, from the first draw on', () => {
  const firsts = new Set(Array.from({ length: 1_000 }, (_, seed) => createRandom(seed).uniform()));
  assert.equal(firsts.size, 1_000);
  const mean = [...firsts].reduce((sum, u) => sum + u, 0) / 1_000;
  assert.ok(Math.abs(mean - 0.5) < 0.05, `${mean}`);
});

test('weights decide how often an index is drawn, and a weight of zero is never drawn', () => {
  const random = createRandom(1);
  const counts = [0, 0, 0, 0];
  const sums = cumulate([1, 0, 3, 6]);
  for (let i = 0; i < 10_000; i++) counts[random.weighted(sums)]!++;
  for (const [i, share] of [0.1, 0, 0.3, 0.6].entries()) assert.ok(Math.abs(counts[i]! / 10_000 - share) < 0.02);
  assert.equal(counts[1], 0);
});

test('remembered minutes give the text of toISOString, in any order of instants', () => {
  const text = createTimestamps();
  fc.assert(
    fc.property(
      fc.integer({ min: -60_000_000_000, max: 4e12 }),
      fc.integer({ min: -90_000, max: 90_000 }),
      (at, step) => {
        for (const t of [at, at + step, at + 1]) assert.equal(text(t as never), new Date(t).toISOString());
      },
    ),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CATALOGUE } from './catalogue.ts';
import { draw } from './draw.ts';

const some = (seed: number, count: number) => draw(CATALOGUE, seed).take(count).toArray();

test('the same seed draws the same faults, seeds and pauses', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => assert.deepEqual(some(seed, 60), some(seed, 60))),
    { numRuns: 20 },
  );
});

test('every fault comes once before any comes again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
      const names = some(seed, 2 * CATALOGUE.length).map(({ fault }) => fault.name);
      const all = CATALOGUE.map(({ name }) => name).sort();
      assert.deepEqual(names.slice(0, CATALOGUE.length).sort(), all);
      assert.deepEqual(names.slice(CATALOGUE.length).sort(), all);
    }),
  );
});

test('another seed draws another order', () => {
  const orders = new Set(
    [1, 2, 3, 4, 5].map((seed) =>
      some(seed, CATALOGUE.length)
        .map(({ fault }) => fault.name)
        .join(),
    ),
  );
  assert.equal(orders.size, 5);
});

test('faults have names of their own, in lower case with dashes', () => {
  const names = CATALOGUE.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]+(-[a-z0-9]+)*$/);
});

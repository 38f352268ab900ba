import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualTime } from './virtual-time.ts';

const played = async (seed: number, delays: readonly number[]): Promise<readonly number[]> => {
  const time = new VirtualTime(seed);
  const done: number[] = [];
  delays.forEach((delay, i) => void time.schedule(delay, () => done.push(i)));
  await time.run(1_000, () => false);
  return done;
};

test('what is due sooner is done sooner, and all of it, in the order that the seed decides', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(fc.nat(20)), async (seed, delays) => {
      const done = await played(seed, delays);
      assert.deepEqual(
        [...done].sort((a, b) => a - b),
        [...delays.keys()],
      );
      assert.deepEqual(
        done.map((i) => delays[i]),
        [...delays].sort((a, b) => a - b),
      );
      assert.deepEqual(await played(seed, delays), done);
    }),
    { numRuns: 100 },
  );
});

test('what is due at the same moment comes in another order with another seed', async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 50; seed++) orders.add((await played(seed, [5, 5, 5])).join());
  assert.equal(orders.size, 6);
});

test('all promises settle before the next piece of work, however many follow one another', async () => {
  const time = new VirtualTime(1);
  const told: string[] = [];
  time.schedule(1, async () => {
    for (let i = 0; i < 20; i++) await null;
    told.push('first');
  });
  time.schedule(1.001, () => void told.push('second'));
  await time.run(10, () => false);
  assert.deepEqual(told, ['first', 'second']);
});

test('what is called off is not done, and time ends where it is told to', async () => {
  const time = new VirtualTime(1);
  const told: number[] = [];
  const cancel = time.schedule(3, () => void told.push(3));
  time.schedule(2, cancel);
  time.schedule(20, () => void told.push(20));
  await time.run(10, () => false);
  assert.deepEqual([told, time.now], [[], 10]);
  await time.run(30, () => false);
  assert.deepEqual([told, time.now], [[20], 30]);
});

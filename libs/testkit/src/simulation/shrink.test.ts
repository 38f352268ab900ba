import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fewest } from './shrink.ts';

test('of any items those are left that are needed, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(100), { maxLength: 30 }), fc.func(fc.boolean()), async (items, isNeeded) => {
      const needed = items.filter((item) => isNeeded(item));
      const holds = async (tried: readonly number[]): Promise<boolean> => needed.every((item) => tried.includes(item));
      assert.deepEqual(await fewest(items, holds), needed);
    }),
    { numRuns: 100 },
  );
});

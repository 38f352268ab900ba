import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shopChanges, shopPipeline } from '@medallion/testkit';
import fc from 'fast-check';
import { withScratch } from '../../test/scratch-store.ts';
import { assertShopEqualsOracle, ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';

const databaseUrl = await testDatabase();

test('M1 after each commit every view equals the batch query over its inputs', async () => {
  await withScratch(
    databaseUrl,
    async ({ store, reader }) => {
      const writer = await ShopWriter.open(store);
      await fc.assert(
        fc.asyncProperty(fc.array(shopChanges, { minLength: 1, maxLength: 4 }), async (commits) => {
          for (const changes of commits) {
            await writer.commit(changes);
            await assertShopEqualsOracle(reader);
          }
        }),
        { numRuns: 30, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
      );
      assert.ok(true);
    },
    { plan: shopPipeline },
  );
});

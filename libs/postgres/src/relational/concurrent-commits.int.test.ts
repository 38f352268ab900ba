import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import type { KeyedChange } from '@medallion/runtime';
import { shopChanges, shopPipeline } from '@medallion/testkit';
import fc from 'fast-check';
import { patientStore } from '../../test/patience.ts';
import { withScratch } from '../../test/scratch-store.ts';
import { assertFeedsReplay, assertShopEqualsOracle, ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';

const databaseUrl = await testDatabase();

/** Keys that only one writer has, as a key is in one partition: its own orders, customers of all. */
const shifted = (changes: readonly KeyedChange[], by: number): readonly KeyedChange[] =>
  changes.map(({ key, row }) => {
    const order_id = Number(key[0]) + by;
    return { key: [order_id], row: row === null ? null : { ...row, order_id } };
  });

test('M2 views equal the batch query when several connections change the same groups at once', async () => {
  await withScratch(
    databaseUrl,
    async ({ plan, store, reader }) => {
      const others = [1, 2].map(() => patientStore(databaseUrl));
      for (const other of others) await other.migrate(plan);
      const writers = await Promise.all([store, ...others].map((each, i) => ShopWriter.open(each, i)));
      const share = fc.array(shopChanges, { minLength: 3, maxLength: 6 });
      try {
        await fc.assert(
          fc.asyncProperty(fc.tuple(share, share, share), async (shares) => {
            await Promise.all(
              writers.map(async (writer, i) => {
                for (const changes of shares[i]!) {
                  const orders = shifted(changes.get('orders')!, i * 100);
                  // Customers belong to the first, addresses to the second.
                  const customers = i === 0 ? changes.get('customers')! : [];
                  const addresses = i === 1 ? changes.get('addresses')! : [];
                  await writer.commit(new Map(Object.entries({ orders, customers, addresses })));
                }
              }),
            );
            await assertShopEqualsOracle(reader);
          }),
          { numRuns: 8, endOnFailure: true },
        );
        await assertFeedsReplay(reader);
      } finally {
        for (const other of others) await other.close();
      }
    },
    { plan: shopPipeline },
  );
});

test('M1 connections that are cut in the middle of commits leave every view right', async () => {
  await withScratch(
    databaseUrl,
    async ({ plan, store, reader }) => {
      // Where a cut falls is the machine's decision: with the first of them none may have met a commit.
      const batches = fc.sample(shopChanges, { numRuns: 240, seed: 4 });
      const name = (await reader.query<{ name: string }>('SELECT current_database() AS name'))[0]!.name;
      const cut = () =>
        reader.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2`,
          [name, plan.name],
        );
      let failures = 0;
      let writer = await ShopWriter.open(store);
      for (const [i, changes] of batches.entries()) {
        if (i >= 24 && failures > 0) break;
        for (let attempt = 0, committed = false; !committed; attempt++)
          try {
            // Anywhere in a commit, and at times between two.
            if (i % 2 === 1 && attempt === 0) setTimeout(() => cut().catch(() => {}), (i * 7) % 60);
            await writer.commit(changes);
            committed = true;
          } catch (error) {
            assert.ok(error instanceof MedallionError && error.code === 'MED_STORE_UNAVAILABLE', String(error));
            failures++;
            // Whether it was committed, the lease tells; to change to the same rows again changes nothing.
            writer = await reopened();
          }
      }
      assert.ok(failures > 0, 'no commit was cut');
      await assertShopEqualsOracle(reader);
      await assertFeedsReplay(reader);

      async function reopened(): Promise<ShopWriter> {
        for (;;)
          try {
            return await ShopWriter.open(store);
          } catch (error) {
            assert.ok(error instanceof MedallionError, String(error));
          }
      }
    },
    { plan: shopPipeline },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPipeline } from '@medallion/testkit';
import plan, { salesPerShop, silverSales } from './pipeline.ts';

const sale = (sale_id: string, at: string, amount: number) => ({
  sale_id,
  sold_at: `2025-12-24T${at}Z`,
  shop: 'north',
  amount,
});

test('sales of five minutes are counted and added up, a repeated one once', async () => {
  const shop = testPipeline(plan);
  await shop.given('my-pipeline.raw', [sale('a', '10:00:00', 5), sale('b', '10:04:59', 7), sale('a', '10:00:00', 5)]);
  const [window] = await shop.rows(salesPerShop);
  assert.deepEqual([window?.shop, window?.sales, window?.revenue], ['north', 2, 12]);
});

test('a sale without a time is in quarantine, with the rule that it broke', async () => {
  const shop = testPipeline(plan);
  await shop.given('my-pipeline.raw', [sale('a', 'noon', 5)]);
  assert.equal((await shop.rows(silverSales)).length, 0);
  const [broken] = await shop.quarantine(silverSales);
  assert.deepEqual(
    broken?.violations.map(({ expectation }) => expectation),
    ['valid_sold_at'],
  );
});

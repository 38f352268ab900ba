import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isoInstant,
  json,
  materializedView,
  minutes,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { double, row, string } from '@medallion/schema';
import { testPipeline } from './test-pipeline.ts';

const RawSale = row('RawSale', { sale_id: string(), at: string(), amount: double() });
const bronze = streamingTable('bronze_sales').from(topic('sales', { format: json(RawSale), key: 'sale_id' }));
const silver = streamingTable('silver_sales')
  .from(bronze)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .expectOrQuarantine('positive_amount', 'amount', positive)
  .eventTime('at', { watermarkDelay: minutes(1) });
const perMinute = materializedView('sales_per_minute')
  .from(silver)
  .windowedBy(tumbling(minutes(1)))
  .aggregate((a) => ({ sales: a.count(), revenue: a.sum('amount') }));
const plan = pipeline('shop', { tables: [bronze, silver, perMinute] });

const sale = (sale_id: string, at: string, amount: unknown) => ({ sale_id, at: `2025-12-24T${at}Z`, amount });

test('what is given to a topic is in every table after it, through the code of the services', async () => {
  const shop = testPipeline(plan);
  await shop.given('sales', [sale('a', '11:00:10', 2), sale('b', '11:00:50', 3), sale('c', '11:01:00', 4)]);
  const rows = await shop.rows(silver);
  assert.deepEqual(rows.map(({ sale_id, amount }) => [sale_id, amount]).sort(), [
    ['a', 2],
    ['b', 3],
    ['c', 4],
  ]);
  const [first, second] = await shop.rows(perMinute);
  assert.deepEqual([first?.sales, first?.revenue, second?.sales], [2, 5, 1]);
});

test('a bad row is in quarantine with the rules that it broke, and what is given later goes on from there', async () => {
  const shop = testPipeline(plan);
  await shop.given('sales', [sale('a', 'x', -1), 'no json', null, sale('b', '11:00:00', 1)], { partition: 1 });
  assert.equal((await shop.rows(silver)).length, 1);
  const [broken] = await shop.quarantine(silver);
  assert.deepEqual(
    broken?.violations.map(({ expectation }) => expectation),
    ['valid_time', 'positive_amount'],
  );
  assert.deepEqual(
    (await shop.quarantine('bronze_sales')).map(({ outcome }) => outcome),
    ['unparseable', 'unparseable'],
  );
  await shop.given('sales', [sale('d', '11:00:05', 9)]);
  assert.equal((await shop.rows(silver)).length, 2);
});

test('the clock is the test’s own: a row from the future is told by it', async () => {
  const shop = testPipeline(plan);
  await shop.given('sales', [sale('late', '13:30:00', 1)]);
  assert.deepEqual(
    (await shop.quarantine(silver)).map(({ outcome }) => outcome),
    ['future'],
  );
  shop.clock.advance(minutes(60));
  await shop.given('sales', [sale('same', '13:30:00', 1)]);
  assert.equal((await shop.rows(silver)).length, 1);
});

test('a topic or table that the pipeline does not have is named, with those that it has', async () => {
  const shop = testPipeline(plan);
  await assert.rejects(shop.given('sale', [{}]), /shop reads no topic "sale", only sales/);
  await assert.rejects(
    shop.rows('gold'),
    /shop has no table "gold", only bronze_sales, silver_sales, sales_per_minute/,
  );
});

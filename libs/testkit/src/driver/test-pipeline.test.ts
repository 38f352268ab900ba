import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  csv,
  files,
  isoInstant,
  json,
  jsonLines,
  materializedView,
  minutes,
  nonEmpty,
  pipeline,
  positive,
  snapshot,
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

const RawCustomer = row('RawCustomer', { customer_id: string(), region: string() });
const RawOrder = row('RawOrder', { order_id: string(), customer_id: string(), amount: double(), changed_at: string() });
const customers = materializedView('customers').from(
  snapshot('customers', { pattern: '*.csv', format: csv(RawCustomer), keys: ['customer_id'] }),
);
const bronzeOrders = streamingTable('bronze_orders').from(
  files('orders', { pattern: '*.json', format: jsonLines(RawOrder), key: 'order_id' }),
);
const cleanOrders = streamingTable('clean_orders')
  .from(bronzeOrders)
  .expectOrQuarantine('has_id', 'order_id', nonEmpty)
  .expectOrQuarantine('changed', 'changed_at', isoInstant);
const orders = streamingTable('orders')
  .from(cleanOrders)
  .applyChanges({ keys: ['order_id'], sequenceBy: 'changed_at', storedAs: 1 });
const enriched = materializedView('orders_enriched')
  .from(orders)
  .leftJoin(customers, { on: 'customer_id', columns: ['region'] });
const byRegion = materializedView('sales_by_region')
  .from(enriched)
  .groupBy('region')
  .aggregate((a) => ({ orders: a.count(), total: a.sum('amount') }));
const relational = pipeline('shop-of-files', {
  tables: [customers, bronzeOrders, cleanOrders, orders, enriched, byRegion],
});

test('files, changes by key, joins and groups: each table equals its inputs after every run', async () => {
  const shop = testPipeline(relational);
  const order = (order_id: string, customer_id: string, amount: number, minute: number) => ({
    order_id,
    customer_id,
    amount,
    changed_at: `2025-12-24T11:${String(minute).padStart(2, '0')}:00Z`,
  });
  await shop.givenFile('orders/1.json', [order('a', 'c1', 5, 2), order('b', 'c1', 7, 1), order('a', 'c1', 1, 1)]);
  const totals = async () =>
    (await shop.rows(byRegion)).map(({ region, orders: n, total }) => [region, n, total] as const).sort();
  assert.deepEqual(await totals(), [[null, 2, 12]]);
  await shop.givenFile('customers/1.csv', [{ customer_id: 'c1', region: 'north' }]);
  assert.deepEqual(await totals(), [['north', 2, 12]]);
  await shop.givenFile('orders/2.json', [order('b', 'c1', 9, 3)]);
  await shop.givenFile('customers/2.csv', [{ customer_id: 'c1', region: 'south' }]);
  assert.deepEqual(await totals(), [['south', 2, 14]]);
});

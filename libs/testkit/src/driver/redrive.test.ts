import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoInstant, json, minutes, nonEmpty, pipeline, positive, streamingTable, topic } from '@medallion/pipeline';
import { int, list, long, row, string } from '@medallion/schema';
import { testPipeline } from './test-pipeline.ts';

const RawSale = row('RawSale', { sale_id: string(), at: string(), amount: int() });
const bronze = streamingTable('bronze_sales').from(topic('sales', { format: json(RawSale), key: 'sale_id' }));
const positiveOnly = streamingTable('silver_sales')
  .from(bronze)
  .expectOrQuarantine('has_id', 'sale_id', nonEmpty)
  .expectOrQuarantine('positive_amount', 'amount', positive)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(10) });
const anyAmount = streamingTable('silver_sales')
  .from(bronze)
  .expectOrQuarantine('has_id', 'sale_id', nonEmpty)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(10) });
const strict = pipeline('shop', { tables: [bronze, positiveOnly] });
const mended = pipeline('shop', { tables: [bronze, anyAmount] });

const sale = (sale_id: string, amount: number, minute = 0) => ({
  ...{ sale_id, amount, at: `2025-12-24T11:${String(minute).padStart(2, '0')}:00Z` },
});
const ids = (rows: readonly { readonly sale_id: unknown }[]) => rows.map(({ sale_id }) => sale_id).sort();

test('R1 R4 what a mended rule takes is in the table once, however often it is redriven', async () => {
  const shop = testPipeline(strict);
  await shop.given('sales', [sale('a', 1), sale('b', -1), sale('c', 0), sale('', -1)]);
  await shop.redeclare(mended);
  const first = await shop.redrive();
  assert.deepEqual(first.flows, [{ flow: 'silver_sales', topic: 'shop.silver_sales.redrive', records: 3 }]);
  assert.deepEqual(ids(await shop.rows(anyAmount)), ['a', 'b', 'c']);
  const second = await shop.redrive(({ topic: from }) => !from.endsWith('.redrive'));
  assert.deepEqual([second.flows, second.sent, second.left], [[], 0, [{ why: 'redriven before', records: 3 }]]);
  assert.deepEqual(ids(await shop.rows(anyAmount)), ['a', 'b', 'c']);
});

test('R1 a record that is refused again is in quarantine at its place in the redrive topic, and is redriven from there', async () => {
  const shop = testPipeline(strict, { partitions: 1 });
  await shop.given('sales', [sale('b', -1)]);
  const before = await shop.quarantine(positiveOnly);
  await shop.redrive();
  const [, again] = await shop.quarantine(positiveOnly);
  assert.deepEqual(
    [again?.topic, again?.offset, again?.flow],
    ['shop.silver_sales.redrive', 0, 'silver_sales.redrive'],
  );
  await shop.redeclare(mended);
  assert.equal((await shop.redrive()).sent, 1);
  assert.deepEqual(ids(await shop.rows(anyAmount)), ['b']);
  assert.equal(before.length, 1);
});

test('R4 a row redriven from outside names the place where the record was', async () => {
  const lenient = streamingTable('bronze_sales').from(topic('sales', { format: json(RawSale), key: 'sale_id' }));
  const shop = testPipeline(
    pipeline('shop', { tables: [lenient.expectOrQuarantine('positive_amount', 'amount', positive)] }),
  );
  await shop.given('sales', [sale('a', 1), sale('b', -1)], { partition: 1 });
  await shop.redeclare(pipeline('shop', { tables: [lenient] }));
  await shop.redrive();
  const rows = await shop.rows(lenient);
  assert.deepEqual(
    rows.map(({ sale_id, source_topic, source_partition, source_offset }) => [
      ...[sale_id, source_topic, source_partition, source_offset],
    ]),
    [
      ['a', 'sales', 1, 0],
      ['b', 'sales', 1, 1],
    ],
  );
});

test('R4 a record whose row came meanwhile is a duplicate, and no second row', async () => {
  const shop = testPipeline(strict, { partitions: 1 });
  await shop.given('sales', [sale('b', -1), sale('b', 5)]);
  await shop.redeclare(mended);
  await shop.redrive();
  assert.deepEqual(ids(await shop.rows(anyAmount)), ['b']);
  assert.deepEqual(
    (await shop.quarantine(anyAmount)).map(({ outcome }) => outcome),
    ['violation', 'duplicate'],
  );
});

test('R1 what cannot be processed again is left and counted by why', async () => {
  const shop = testPipeline(strict, { partitions: 1 });
  await shop.given('sales', [null, sale('a', 1), sale('a', 1)]);
  const { flows, left } = await shop.redrive();
  assert.deepEqual(flows, []);
  assert.deepEqual(
    left.map(({ why, records }) => [why.split(':')[0], records]),
    [
      ['its bytes were not kept', 1],
      ['it is a duplicate', 1],
    ],
  );
});

const RawItem = row('RawItem', { sku: string(), n: int() });
const RawOrder = row('RawOrder', { order_id: string(), customer: string(), items: list(RawItem) });
const orders = streamingTable('orders').from(topic('orders', { format: json(RawOrder), key: 'order_id' }));
const lines = streamingTable('lines')
  .from(orders)
  .expectOrQuarantine('has_customer', 'customer', nonEmpty)
  .explode('items')
  .expectOrQuarantine('positive_n', 'n', positive);
const anyLines = streamingTable('lines').from(orders).explode('items');

test('R5 of a record only the element that was refused is processed again; refused whole, all of it', async () => {
  const shop = testPipeline(pipeline('shop', { tables: [orders, lines] }));
  const item = (sku: string, n: number) => ({ sku, n });
  await shop.given('orders', [
    { order_id: '1', customer: 'ann', items: [item('bad', 0), item('good', 1), item('worse', -1)] },
    { order_id: '2', customer: '', items: [item('x', 1), item('y', 1)] },
  ]);
  await shop.redeclare(pipeline('shop', { tables: [orders, anyLines] }));
  const left = await shop.redrive();
  assert.deepEqual(left.left, [{ why: 'it is not known whether it is a record or one element of a list', records: 2 }]);
  await shop.redeclare(
    pipeline('shop', {
      tables: [
        orders,
        streamingTable('lines')
          .from(orders)
          .expect('has_customer', 'customer', nonEmpty)
          .explode('items')
          .expect('positive_n', 'n', positive),
      ],
    }),
  );
  await shop.redrive();
  assert.deepEqual((await shop.rows(lines)).map(({ sku }) => sku).sort(), ['bad', 'good', 'worse', 'x', 'y']);
});

const RawAccount = row('RawAccount', { account: string(), version: long(), amount: int() });
const changes = streamingTable('changes').from(topic('accounts', { format: json(RawAccount), key: 'account' }));
const accountsBy = (double: (amount: number) => number) =>
  pipeline('bank', {
    tables: [
      changes,
      streamingTable('accounts')
        .from(changes)
        .derive((c) => ({ doubled: c.int((r) => double(r.amount ?? 0)) }))
        .applyChanges({ keys: ['account'], sequenceBy: 'version', storedAs: 1 }),
    ],
  });

test('R1 R4 a change that is redriven into a keyed table counts by its sequence, not by when it came', async () => {
  const bank = testPipeline(
    accountsBy((amount) => {
      if (amount < 0) throw new Error('negative');
      return amount * 2;
    }),
  );
  const change = (account: string, version: number, amount: number) => ({ account, version, amount });
  await bank.given('accounts', [change('a', 1, 5), change('a', 3, -7), change('b', 1, -1), change('b', 2, 4)]);
  await bank.redeclare(accountsBy((amount) => amount * 2));
  await bank.given('accounts', [change('a', 2, 6)]);
  assert.equal((await bank.redrive()).sent, 2);
  const rows = (await bank.rows('accounts')).map(({ account, version, doubled }) => [account, version, doubled]);
  assert.deepEqual(rows.toSorted(), [
    ['a', 3, -14],
    ['b', 2, 8],
  ]);
  assert.equal((await bank.redrive()).sent, 0);
});

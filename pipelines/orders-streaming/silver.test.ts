import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendOrders, customers, filteredOrders, orderStream, silverOrders } from './pipeline.ts';
import { at, customer, order, Shop } from './test/shop.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Each change of a valid order with whether it is still valid; what is not is quarantined for this rule and no other. */
async function judged(rule: string, cases: readonly (readonly [Fields, boolean])[]): Promise<void> {
  const { world, orders } = new Shop({ partitions: 1 });
  await orders(...cases.map(([change], i) => order(`o${i}`, change)));
  const refused = new Map((await world.quarantine(silverOrders)).map((row) => [row.offset, row]));
  cases.forEach(([change, valid], i) => {
    const broken = refused.get(i)?.violations.filter(({ action }) => action !== 'warn');
    const names = broken?.map(({ expectation, action }) => `${expectation}: ${action}`) ?? [];
    assert.deepEqual(names, valid ? [] : [`${rule}: quarantine`], JSON.stringify(change));
  });
  assert.equal((await world.rows(orderStream)).length, cases.length);
  assert.equal((await world.rows(silverOrders)).length, cases.filter(([, valid]) => valid).length);
}

test('valid_order_id: text that is not empty', () =>
  judged('valid_order_id', [
    [{ order_id: 'o' }, true],
    [{ order_id: '' }, false],
    [{ order_id: null }, false],
    [{ order_id: undefined }, false],
  ]));

test('valid_product_id: text that is not empty', () =>
  judged('valid_product_id', [
    [{ product_id: 'p' }, true],
    [{ product_id: '' }, false],
    [{ product_id: null }, false],
  ]));

test('valid_order_timestamp: an instant in ISO-8601', () =>
  judged('valid_order_timestamp', [
    [{ order_timestamp: '2025-12-24T10:00:00.123Z' }, true],
    [{ order_timestamp: '2025-12-24T10:00:00-05:00' }, true],
    [{ order_timestamp: '2025-12-24 10:00' }, false],
    [{ order_timestamp: '2025-13-01T00:00:00Z' }, false],
    [{ order_timestamp: null }, false],
  ]));

test('valid_order_status: one of three', () =>
  judged('valid_order_status', [
    [{ order_status: 'pending' }, true],
    [{ order_status: 'completed' }, true],
    [{ order_status: 'cancelled' }, true],
    [{ order_status: 'COMPLETED' }, false],
    [{ order_status: 'shipped' }, false],
    [{ order_status: null }, false],
  ]));

test('positive_quantity: a whole number from 1 on', () =>
  judged('positive_quantity', [
    [{ quantity: 1 }, true],
    [{ quantity: 0 }, false],
    [{ quantity: -1 }, false],
    [{ quantity: 0.5 }, false],
    [{ quantity: null }, false],
  ]));

test('positive_amount: a number of two decimals above zero', () =>
  judged('positive_amount', [
    [{ amount: 0.01 }, true],
    [{ amount: 9_999_999_999.99 }, true],
    [{ amount: 0 }, false],
    [{ amount: -0.01 }, false],
    [{ amount: 10_000_000_000 }, false],
    [{ amount: null }, false],
  ]));

test('an order without a customer is kept with a warning', async () => {
  const { world, orders } = new Shop();
  await orders(order('a', { customer_id: null }), order('b'));
  assert.equal((await world.rows(silverOrders)).length, 2);
  const known = (await world.quality(silverOrders)).find(({ rule }) => rule === 'known_customer');
  assert.deepEqual(known, {
    ...{ rule: 'known_customer', action: 'warn', records: 2, passed: 1, failed: 1, dropped: 0 },
  });
});

test('an order that breaks every rule is in quarantine once, with all of them', async () => {
  const { world, orders } = new Shop();
  await orders({ whatever: 1 });
  const [refused, ...others] = await world.quarantine(silverOrders);
  assert.deepEqual(others, []);
  assert.deepEqual(
    refused?.violations.map(({ expectation }) => expectation),
    [
      ...['valid_order_id', 'valid_product_id', 'valid_order_timestamp', 'valid_order_status'],
      ...['positive_quantity', 'positive_amount', 'known_customer'],
    ],
  );
});

test('an order is joined with its customer as known when it comes, and that is never changed', async () => {
  const { world, orders, customers: snapshot } = new Shop();
  await snapshot(customer(1, { city: 'Oslo' }));
  await orders(order('early'), order('stranger', { customer_id: 2 }), order('nobody', { customer_id: null }));
  await world.run();
  await snapshot(customer(1, { city: 'Rome' }), customer(2));
  await world.run();
  await orders(order('later'), order('met', { customer_id: 2 }));
  const rows = (await world.rows(silverOrders)).map(({ order_id, customer_name, city, segment }) => [
    ...[order_id, customer_name, city, segment],
  ]);
  assert.deepEqual(rows.sort(), [
    ['early', 'Name 1', 'Oslo', 'retail'],
    ['later', 'Name 1', 'Rome', 'retail'],
    ['met', 'Name 2', 'Oslo', 'retail'],
    ['nobody', null, null, null],
    ['stranger', null, null, null],
  ]);
});

test('an order’s day is that of UTC', async () => {
  const { world, orders } = new Shop();
  await orders(order('a', { order_timestamp: '2025-12-24T01:00:00+02:00' }));
  const [row] = await world.rows(silverOrders);
  assert.deepEqual([row?.order_timestamp, row?.order_date], [at('00:00:00') - 3_600_000, 20_445]);
});

test('a snapshot replaces the one before it: customers come, change and go', async () => {
  const { world, customers: snapshot } = new Shop();
  await snapshot(customer(1), customer(2), customer(3));
  await world.run();
  await snapshot(customer(2, { segment: 'wholesale' }), customer(3), customer(4));
  const rows = (await world.rows(customers)).map(({ customer_id, segment }) => [customer_id, segment]);
  assert.deepEqual(rows.sort(), [
    [2, 'wholesale'],
    [3, 'retail'],
    [4, 'retail'],
  ]);
});

test('a customer without an id, and the second of one id, are refused; the others are in', async () => {
  const { world, customers: snapshot } = new Shop();
  await snapshot(customer(1), customer(0, { customer_id: 'x' }), customer(1, { city: 'Rome' }), customer(2));
  const rows = (await world.rows(customers)).map(({ customer_id, city }) => [customer_id, city]);
  assert.deepEqual(rows.sort(), [
    [1, 'Oslo'],
    [2, 'Oslo'],
  ]);
  const refused = await world.quarantine(customers);
  assert.deepEqual(
    refused.map(({ outcome }) => outcome),
    ['violation', 'violation'],
  );
});

test('pending and completed orders are appended, by a flow each; cancelled ones are not', async () => {
  const { world, orders } = new Shop();
  const statuses = ['pending', 'completed', 'cancelled', 'completed'] as const;
  await orders(...statuses.map((order_status, i) => order('a', { order_status, quantity: i + 1 })));
  const append = async (table: typeof filteredOrders | typeof appendOrders) =>
    (await world.rows<{ order_status: string; quantity: number }>(table.name))
      .map(({ order_status, quantity }) => [order_status, quantity])
      .sort();
  const expected = [
    ['completed', 2],
    ['completed', 4],
    ['pending', 1],
  ];
  assert.deepEqual(await append(filteredOrders), expected);
  assert.deepEqual(await append(appendOrders), expected);
  const copied = (await world.copy(appendOrders)).map(({ order_status, quantity }) => [order_status, quantity]);
  assert.deepEqual(copied.sort(), expected);
});

test('a view is not stored, and whoever asks for its rows is told so', async () => {
  const { world } = new Shop();
  await assert.rejects(world.rows('pending_orders'), /pending_orders is a view: it is not stored/);
});

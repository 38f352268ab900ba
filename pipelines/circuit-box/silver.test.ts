import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressesClean,
  bronzeAddresses,
  bronzeCustomers,
  bronzeOrders,
  customersClean,
  itemsClean,
  orderItems,
  ordersClean,
  silverAddresses,
  silverCustomers,
  silverOrders,
} from './pipeline.ts';
import { address, at, Box, customer, item, order } from './test/box.ts';

type Fields = Readonly<Record<string, unknown>>;
const ONE = [item('p', 1, 1)];
const kinds = {
  customers: { clean: customersClean, sample: (change: Fields) => customer(1, change) },
  addresses: { clean: addressesClean, sample: (change: Fields) => address(1, change) },
  orders: { clean: ordersClean, sample: (change: Fields) => order('o', ONE, change) },
} as const;

test('keys are never null and times are instants: what is else is in quarantine, whole, with the rule', async () => {
  const cases: readonly (readonly [keyof typeof kinds, Fields, string | null])[] = [
    ['customers', {}, null],
    ['customers', { customer_id: 0 }, null],
    ['customers', { customer_name: null, email: null }, null],
    ['customers', { customer_id: null }, 'valid_customer_id'],
    ['customers', { customer_id: 'x' }, 'valid_customer_id'],
    ['customers', { updated_at: null }, 'valid_updated_at'],
    ['addresses', { street: '' }, null],
    ['addresses', { customer_id: '' }, 'valid_customer_id'],
    ['addresses', { customer_id: '1.5' }, 'valid_customer_id'],
    ['addresses', { updated_at: 'today' }, 'valid_updated_at'],
    ['orders', { status: null }, null],
    ['orders', { order_id: null }, 'valid_order_id'],
    ['orders', { order_id: '' }, 'valid_order_id'],
    ['orders', { customer_id: null }, 'valid_customer_id'],
    ['orders', { order_timestamp: '2025-12-32T00:00:00Z' }, 'valid_order_timestamp'],
  ];
  for (const [kind, change, rule] of cases) {
    const { clean, sample } = kinds[kind];
    const box = new Box();
    await box[kind](sample(change));
    const what = `${kind} ${JSON.stringify(change)}`;
    assert.equal((await box.world.rows<object>(clean.name)).length, rule === null ? 1 : 0, what);
    const refused = await box.world.quarantine(clean);
    assert.deepEqual(
      refused.map(({ violations, value }) => [violations.map(({ expectation }) => expectation), value !== null]),
      rule === null ? [] : [[[rule], true]],
      what,
    );
  }
});

test('an order becomes a row for each item, in their order; none for an order without items', async () => {
  const box = new Box();
  await box.orders(
    order('a', [item('p', 2, 1.5), item('q', 1, 20), item('p', 3, 1.25)]),
    order('b', []),
    order('c', null),
    order('d', undefined),
  );
  const rows = (await box.world.rows(orderItems)).map((row) => [
    ...[row.order_id, row.item_number, row.product_id, row.product_name, row.quantity, row.unit_price],
  ]);
  assert.deepEqual(rows.toSorted(), [
    ['a', 0, 'p', 'The p', 2, 1.5],
    ['a', 1, 'q', 'The q', 1, 20],
    ['a', 2, 'p', 'The p', 3, 1.25],
  ]);
  assert.equal((await box.world.rows(silverOrders)).length, 4);
});

test('each item is judged by itself: the others of its order are kept, with the numbers that they have', async () => {
  const box = new Box();
  await box.orders(
    order('a', [
      ...[item('', 1, 1), item('p', 1, 1), item(null, 1, 1), item('q', 0, 1), item('r', -1, 1)],
      ...[item('s', 1, 0), item('t', 1, 0.01), item('u', 1.5, -1)],
    ]),
  );
  assert.deepEqual((await box.world.rows(orderItems)).map((row) => [row.item_number, row.product_id]).toSorted(), [
    [1, 'p'],
    [6, 't'],
  ]);
  const refused = (await box.world.quarantine(itemsClean)).map(({ index, violations }) => [
    ...[index ?? 0, violations.map(({ expectation }) => expectation).join(', ')],
  ]);
  assert.deepEqual(refused.toSorted(), [
    [0, 'valid_product_id'],
    [2, 'valid_product_id'],
    [3, 'valid_quantity'],
    [4, 'valid_quantity'],
    [5, 'valid_unit_price'],
    [7, 'valid_quantity, valid_unit_price'],
  ]);
});

test('an address or an order of nobody is kept, marked, and repaired when the customer comes', async () => {
  const box = new Box();
  await box.addresses(address(1), address(2));
  await box.orders(order('a', ONE), order('b', ONE, { customer_id: 2 }));
  await box.customers(customer(2));
  const orphans = async () => [
    ...(await box.world.rows(silverAddresses)).map((row) => [row.customer_id, row.is_orphan, row.customer_name]),
    ...(await box.world.rows(silverOrders)).map((row) => [row.order_id, row.is_orphan, row.customer_name]),
  ];
  assert.deepEqual((await orphans()).toSorted(), [
    [1, true, null],
    [2, false, 'Name 2'],
    ['a', true, null],
    ['b', false, 'Name 2'],
  ]);
  await box.customers(customer(1));
  assert.ok((await orphans()).every(([, orphan]) => orphan === false));
});

test('a customer without a name is a customer: what is theirs is no orphan', async () => {
  const box = new Box();
  await box.customers(customer(1, { customer_name: null }));
  await box.addresses(address(1));
  await box.orders(order('a', ONE));
  assert.deepEqual(
    [(await box.world.rows(silverAddresses))[0]?.is_orphan, (await box.world.rows(silverOrders))[0]?.is_orphan],
    [false, false],
  );
});

test('of customers and addresses the newest one counts, whatever landed last', async () => {
  const box = new Box();
  const time = (minute: number) => new Date(at(minute)).toISOString();
  await box.customers(customer(1, { customer_name: 'New', updated_at: time(5) }), customer(1, { updated_at: time(1) }));
  await box.addresses(address(1, { city: 'Elko', updated_at: time(5) }));
  await box.world.run();
  await box.customers(customer(1, { updated_at: time(4) }));
  await box.addresses(address(1, { updated_at: time(4) }), address(1, { updated_at: time(4) }));
  assert.deepEqual(
    (await box.world.rows(silverCustomers)).map((row) => row.customer_name),
    ['New'],
  );
  assert.deepEqual(
    (await box.world.rows(silverAddresses)).map((row) => row.city),
    ['Elko'],
  );
});

test('each file is read once; what cannot be read is in quarantine with its line, and the rest flows', async () => {
  const box = new Box();
  await box.customers(customer(1), '{"customer_id"', customer(2));
  await box.addresses('1,2', address(1));
  await box.orders('[', order('a', ONE));
  await box.world.run();
  await box.world.run();
  await box.orders(order('b', ONE));
  const sizes = await Promise.all(
    [bronzeCustomers, bronzeAddresses, bronzeOrders].map(async (bronze) => [
      ...[bronze.name, (await box.world.rows<object>(bronze.name)).length],
      (await box.world.quarantine(bronze)).length,
    ]),
  );
  assert.deepEqual(sizes, [
    ['bronze_customers', 2, 1],
    ['bronze_addresses', 1, 1],
    ['bronze_orders', 2, 1],
  ]);
});

test('a column nobody declared is rescued from orders, and kept from addresses', async () => {
  const box = new Box();
  await box.orders(order('a', ONE, { coupon: 'X', customer_id: 'one' }));
  await box.addresses(address(1, { country: 'US' }));
  const [rescued] = await box.world.rows(bronzeOrders);
  assert.deepEqual(JSON.parse(rescued?._rescued_data ?? ''), { coupon: 'X', customer_id: 'one' });
  assert.equal((await box.world.rows(bronzeAddresses))[0]?._rescued_data, null);
});

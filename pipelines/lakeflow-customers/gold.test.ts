import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customerOrders } from './pipeline.ts';
import { address, Care, customer, order } from './test/care.ts';

const totals = async ({ world }: Care) =>
  (await world.rows(customerOrders))
    .map((row) => [row.customer_id, row.city, row.total_orders, row.total_items_order, row.total_order_amount])
    .toSorted((a, b) => Number(a[0]) - Number(b[0]));

test('a customer with an address and orders has their number, their items and their amount, exactly', async () => {
  const care = new Care();
  await care.customers(customer(1, 0), customer(2, 0));
  await care.addresses(address(1, 0), address(2, 0, { city: 'Rome' }));
  await care.orders(
    order('a', 0, { item_count: 3, order_amount: 0.1 }),
    order('b', 0, { item_count: 4, order_amount: 0.2 }),
    order('c', 0, { customer_id: 2, item_count: 1, order_amount: 99.99 }),
  );
  assert.deepEqual(await totals(care), [
    [1, 'Oslo', 2, 7, 0.3],
    [2, 'Rome', 1, 1, 99.99],
  ]);
});

test('an order of an unknown customer, and a customer without address or orders, are not in it until they are known', async () => {
  const care = new Care();
  await care.customers(customer(1, 0), customer(2, 0), customer(3, 0));
  await care.addresses(address(1, 0), address(2, 0), address(9, 0));
  await care.orders(order('a', 0), order('b', 0, { customer_id: 3 }), order('c', 0, { customer_id: 9 }));
  assert.deepEqual(await totals(care), [[1, 'Oslo', 1, 2, 10]]);
  await care.customers(customer(9, 0));
  await care.addresses(address(3, 0, { city: 'Bonn' }));
  assert.deepEqual(await totals(care), [
    [1, 'Oslo', 1, 2, 10],
    [3, 'Bonn', 1, 2, 10],
    [9, 'Oslo', 1, 2, 10],
  ]);
});

test('it is the address that holds now, whatever came last, and none once it was deleted', async () => {
  const care = new Care();
  await care.customers(customer(1, 0));
  await care.addresses(address(1, 20, { city: 'Rome' }), address(1, 10));
  await care.orders(order('a', 0));
  assert.deepEqual(await totals(care), [[1, 'Rome', 1, 2, 10]]);
  await care.addresses(address(1, 30, { operation: 'DELETE' }));
  assert.deepEqual(await totals(care), []);
  await care.addresses(address(1, 40, { city: 'Bonn' }));
  assert.deepEqual(await totals(care), [[1, 'Bonn', 1, 2, 10]]);
});

test('totals follow orders that change and are deleted, and customers that are', async () => {
  const care = new Care();
  await care.customers(customer(1, 0));
  await care.addresses(address(1, 0));
  await care.orders(order('a', 0), order('b', 0));
  assert.deepEqual(await totals(care), [[1, 'Oslo', 2, 4, 20]]);
  await care.orders(order('a', 1, { item_count: 5, order_amount: 1 }), order('b', 1, { operation: 'DELETE' }));
  assert.deepEqual(await totals(care), [[1, 'Oslo', 1, 5, 1]]);
  await care.orders(order('a', 2, { customer_id: 2 }));
  assert.deepEqual(await totals(care), []);
  await care.orders(order('a', 3));
  await care.customers(customer(1, 1, { operation: 'DELETE' }));
  assert.deepEqual(await totals(care), []);
});

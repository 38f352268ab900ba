import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  customerChanges,
  dailySales,
  enrichedOrders,
  lifetimeValue,
  ordersByCustomer,
  silverCustomers,
} from './pipeline.ts';
import { at, customer, order, Sales } from './test/sales.ts';

test('the change feed tells every change of a customer since the first, with what was before and after', async () => {
  const { world, customers } = new Sales();
  await customers(customer(1), customer(2));
  await world.run();
  await customers(customer(1, { region: 'south' }), customer(2), customer(3));
  await world.run();
  await customers(customer(1, { region: 'south' }), customer(3));
  await world.run();
  await customers(customer(1, { region: 'south' }), customer(3));
  const feed = (await world.rows(customerChanges)).map((row) => [
    ...[row._commit_version, row._change_type, row.customer_id, row.region],
  ]);
  assert.deepEqual(feed.sort(), [
    [0, 'insert', 1, 'north'],
    [0, 'insert', 2, 'north'],
    [1, 'insert', 3, 'north'],
    [1, 'update_postimage', 1, 'south'],
    [1, 'update_preimage', 1, 'north'],
    [2, 'delete', 2, 'north'],
  ]);
});

test('an order has its customer as they are now; one without stays, with nulls', async () => {
  const { world, orders, customers } = new Sales();
  await orders(order('a'), order('b', { customer_id: 2 }), order('c', { customer_id: null }));
  const rows = async () =>
    (await world.rows(enrichedOrders)).map((row) => [row.order_id, row.customer_name, row.region]).sort();
  assert.deepEqual(await rows(), [
    ['a', null, null],
    ['b', null, null],
    ['c', null, null],
  ]);
  await customers(customer(1), customer(2));
  await world.run();
  await customers(customer(1, { region: 'south' }));
  assert.deepEqual(await rows(), [
    ['a', 'Name 1', 'south'],
    ['b', null, null],
    ['c', null, null],
  ]);
});

test('a day is one of UTC, and money is added exactly', async () => {
  const { world, orders, customers } = new Sales();
  await customers(customer(1), customer(2, { region: 'south' }), customer(3));
  await orders(
    order('a', { amount: 0.1, order_date: '2025-12-24T00:30:00+01:00' }),
    order('b', { amount: 0.1 }),
    order('c', { amount: 0.2 }),
    order('d', { amount: 0.3, customer_id: 3 }),
    order('e', { amount: 5, customer_id: 2 }),
    order('f', { amount: 7, customer_id: 99 }),
    order('g', { amount: 1000, status: 'pending' }),
    order('h', { amount: 1000, status: 'cancelled' }),
  );
  const rows = (await world.rows(dailySales)).map((row) => [
    ...[row.date, row.region, row.order_count, row.total_sales, row.avg_order_value, row.unique_customers],
  ]);
  const day = Date.parse('2025-12-24') / 86_400_000;
  assert.deepEqual(
    new Set(rows),
    new Set([
      [day - 1, 'north', 1, 0.1, 0.1, 1],
      [day, 'north', 3, 0.6, 0.2, 2],
      [day, 'south', 1, 5, 5, 1],
      [day, null, 1, 7, 7, 1],
    ]),
  );
});

test('what a customer has bought counts completed orders alone, and no order of nobody', async () => {
  const { world, orders } = new Sales();
  await orders(
    order('a', { amount: 10.5, order_date: '2025-12-01T10:00:00Z' }),
    order('b', { amount: 2.25, order_date: '2025-12-20T10:00:00Z' }),
    order('c', { amount: 99, status: 'pending' }),
    order('d', { amount: 4, customer_id: null }),
    order('e', { amount: 4, customer_id: 2, status: 'cancelled' }),
  );
  assert.deepEqual(await world.rows(lifetimeValue), [
    {
      customer_id: 1,
      total_orders: 2,
      lifetime_value: 12.75,
      first_order_date: Date.parse('2025-12-01T10:00:00Z'),
      last_order_date: Date.parse('2025-12-20T10:00:00Z'),
      avg_order_value: 6.375,
    },
  ]);
  const completed = (await world.rows(ordersByCustomer)).map(({ order_id }) => order_id);
  assert.deepEqual(completed.sort(), ['a', 'b', 'd']);
});

const STATUSES = ['pending', 'completed', 'cancelled'] as const;
const REGIONS = ['north', 'south', null] as const;
const orderChange = fc.record({
  kind: fc.constant('order' as const),
  id: fc.integer({ min: 0, max: 5 }),
  customer: fc.option(fc.integer({ min: 0, max: 3 })),
  cents: fc.integer({ min: 1, max: 99_999 }),
  status: fc.constantFrom(...STATUSES),
  day: fc.integer({ min: 1, max: 2 }),
});
const snapshot = fc.record({
  kind: fc.constant('customers' as const),
  regions: fc.array(fc.option(fc.constantFrom(...REGIONS), { nil: undefined }), { minLength: 4, maxLength: 4 }),
});

test('gold equals the batch query after every step: orders that change, customers that move and go', async () => {
  const steps = fc.array(fc.oneof({ weight: 4, arbitrary: orderChange }, { weight: 1, arbitrary: snapshot }), {
    minLength: 4,
    maxLength: 16,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const sales = new Sales();
      const orders = new Map<number, { customer: number | null; cents: number; status: string; day: number }>();
      let regions: readonly (string | null | undefined)[] = [];
      let minute = 0;
      for (const [i, step] of all.entries()) {
        if (step.kind === 'order') {
          const { id, customer: customer_id, cents, status, day } = step;
          orders.set(id, { customer: customer_id, cents, status, day });
          const updated_at = new Date(at('10:00:00') + 60_000 * minute++).toISOString();
          const order_date = `2025-12-0${day}T10:00:00Z`;
          await sales.orders(order(`o${id}`, { customer_id, amount: cents / 100, status, order_date, updated_at }));
        } else {
          regions = step.regions;
          const there = step.regions.flatMap((region, c) => (region === undefined ? [] : [customer(c, { region })]));
          // A snapshot without rows is an empty file, which is none.
          if (there.length > 0) await sales.customers(...there);
          else regions = [];
          if (there.length === 0) return;
        }
        if (i % 4 !== 3 && i !== all.length - 1) continue;
        await equalsBatch(sales, [...orders.values()], regions);
      }
    }),
    { numRuns: 10 },
  );
});

type Sold = { readonly customer: number | null; readonly cents: number; readonly status: string; readonly day: number };

/** The three gold tables, from the orders and regions as they are. */
async function equalsBatch(sales: Sales, orders: readonly Sold[], regions: readonly (string | null | undefined)[]) {
  const { world } = sales;
  const completed = orders.filter(({ status }) => status === 'completed');
  const regionOf = ({ customer: id }: Sold) => (id === null ? null : (regions[id] ?? null));
  const days = Map.groupBy(completed, (sold) => JSON.stringify([sold.day, regionOf(sold)]));
  assert.deepEqual(
    new Map(
      (await world.rows(dailySales)).map((row) => [
        JSON.stringify([new Date(row.date * 86_400_000).getUTCDate(), row.region]),
        [row.order_count, row.total_sales, row.unique_customers],
      ]),
    ),
    new Map(
      [...days].map(([key, of]) => [
        key,
        [
          of.length,
          of.reduce((sum, { cents }) => sum + cents, 0) / 100,
          new Set(of.flatMap((o) => o.customer ?? [])).size,
        ],
      ]),
    ),
  );
  const byCustomer = Map.groupBy(
    completed.filter((sold) => sold.customer !== null),
    (sold) => sold.customer,
  );
  assert.deepEqual(
    new Map((await world.rows(lifetimeValue)).map((row) => [row.customer_id, [row.total_orders, row.lifetime_value]])),
    new Map([...byCustomer].map(([id, of]) => [id, [of.length, of.reduce((sum, { cents }) => sum + cents, 0) / 100]])),
  );
  assert.equal((await world.rows(ordersByCustomer)).length, completed.length);
  assert.equal((await world.rows(silverCustomers)).length, regions.filter((region) => region !== undefined).length);
}

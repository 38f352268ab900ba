import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderSummary, salesByMonth, salesByState, topProducts } from './pipeline.ts';
import { address, at, Box, customer, item, order } from './test/box.ts';

const DAY_MS = 86_400_000;

test('the summary of a customer has the address, and counts orders, items and money exactly', async () => {
  const box = new Box();
  await box.customers(customer(1), customer(2), customer(3));
  await box.addresses(address(1), address(2, { city: 'Elko' }));
  await box.orders(
    order('a', [item('p', 2, 0.1), item('q', 1, 0.2)]),
    order('b', [item('p', 1, 99.99)], { order_timestamp: '2025-12-24T11:00:00Z' }),
    order('c', [item('p', 3, 10)], { customer_id: 3 }),
  );
  const rows = (await box.world.rows(orderSummary)).map((row) => [
    ...[row.customer_id, row.city, row.total_orders, row.total_items, row.total_amount, row.last_order_at],
  ]);
  assert.deepEqual(rows.toSorted(), [
    [1, 'Reno', 2, 4, 100.39, at(60)],
    [3, null, 1, 3, 30, at(0)],
  ]);
});

test('an order without items is an order; one of a customer who has not come is not in the summary yet', async () => {
  const box = new Box();
  await box.orders(order('a', []), order('b', [item('p', 0, 1)]), order('c', [item('p', 1, 5)], { customer_id: 2 }));
  assert.deepEqual(await box.world.rows(orderSummary), []);
  await box.customers(customer(1), customer(2));
  const rows = (await box.world.rows(orderSummary)).map((row) => [
    ...[row.customer_id, row.total_orders, row.total_items, row.total_amount],
  ]);
  assert.deepEqual(rows.toSorted(), [
    [1, 2, 0, 0],
    [2, 1, 1, 5],
  ]);
});

test('sales are those of the state that a customer lives in now, null where none is known, orphans included', async () => {
  const box = new Box();
  await box.customers(customer(1), customer(2));
  await box.addresses(address(1), address(2, { state: 'UT' }));
  await box.orders(
    order('a', [item('p', 1, 10), item('q', 2, 5)]),
    order('b', [item('p', 1, 7)], { customer_id: 2 }),
    order('c', [item('p', 1, 1)], { customer_id: 9 }),
  );
  const states = async () =>
    new Map(
      (await box.world.rows(salesByState)).map((row) => [
        row.state,
        [row.total_orders, row.total_items, row.total_sales],
      ]),
    );
  assert.deepEqual(
    await states(),
    new Map([
      ['NV', [1, 3, 20]],
      ['UT', [1, 1, 7]],
      [null, [1, 1, 1]],
    ]),
  );
  await box.addresses(address(1, { state: 'UT', updated_at: '2025-12-24T11:00:00Z' }));
  assert.deepEqual(
    await states(),
    new Map([
      ['UT', [2, 4, 27]],
      [null, [1, 1, 1]],
    ]),
  );
});

test('a month begins at midnight of UTC', async () => {
  const box = new Box();
  const times = ['2025-11-30T23:59:59.999Z', '2025-12-01T00:00:00Z', '2025-12-01T01:00:00+02:00'];
  await box.orders(...times.map((order_timestamp, i) => order(`o${i}`, [item('p', 1, 10 ** i)], { order_timestamp })));
  const months = new Map((await box.world.rows(salesByMonth)).map((row) => [row.month * DAY_MS, row.total_sales]));
  assert.deepEqual(
    months,
    new Map([
      [Date.parse('2025-11-01'), 101],
      [Date.parse('2025-12-01'), 10],
    ]),
  );
});

type Sold = {
  readonly id: number;
  readonly customer: number;
  readonly items: readonly (readonly [string, number, number])[];
};
const line = fc.tuple(
  fc.constantFrom('p', 'q', 'r'),
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 9_999 }),
);
const sold: fc.Arbitrary<Sold> = fc.record({
  id: fc.nat({ max: 999 }),
  customer: fc.integer({ min: 1, max: 4 }),
  items: fc.array(line, { maxLength: 4 }),
});

test('gold is what adding up each valid item gives, whatever lands first, in whichever files, and repeated', async () => {
  const orders = fc.uniqueArray(sold, { selector: ({ id }) => id, minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      orders.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length })),
      ),
      fc.shuffledSubarray(['customers', 'addresses', 'orders', 'rest'] as const, { minLength: 4 }),
      async ([all, repeated], turns) => {
        const box = new Box();
        const land = (some: readonly Sold[]) =>
          box.orders(
            ...some.map(({ id, customer: customer_id, items }) =>
              order(
                `o${id}`,
                items.map(([product, quantity, cents]) => item(product, quantity, cents / 100)),
                { customer_id },
              ),
            ),
          );
        for (const turn of turns) {
          if (turn === 'customers') await box.customers(customer(1), customer(2), customer(3));
          else if (turn === 'addresses') await box.addresses(address(1), address(2, { state: 'UT' }), address(4));
          else await land(turn === 'orders' ? all : repeated);
          await box.world.run();
        }
        const items = all.flatMap(({ id, customer: who, items: of }) =>
          of
            .filter(([, quantity, cents]) => quantity > 0 && cents > 0)
            .map(([product, quantity, cents]) => ({ id, who, product, quantity, cents: quantity * cents })),
        );
        const sums = (of: typeof items) => [
          new Set(of.map(({ id }) => id)).size,
          of.reduce((sum, { quantity }) => sum + quantity, 0),
          of.reduce((sum, { cents }) => sum + cents, 0) / 100,
        ];
        const grouped = <K>(key: (of: (typeof items)[number]) => K) =>
          new Map([...Map.groupBy(items, key)].map(([value, of]) => [value, sums(of)]));
        const stateOf: Readonly<Record<number, string>> = { 1: 'NV', 2: 'UT', 4: 'NV' };
        assert.deepEqual(
          new Map(
            (await box.world.rows(topProducts)).map((row) => [
              row.product_id,
              [row.total_orders, row.total_quantity, row.total_sales],
            ]),
          ),
          grouped(({ product }) => product),
        );
        assert.deepEqual(
          new Map(
            (await box.world.rows(salesByState)).map((row) => [
              row.state,
              [row.total_orders, row.total_items, row.total_sales],
            ]),
          ),
          grouped(({ who }) => stateOf[who] ?? null),
        );
        const summary = Map.groupBy(
          all.filter(({ customer: who }) => who < 4),
          ({ customer: who }) => who,
        );
        assert.deepEqual(
          new Map(
            (await box.world.rows(orderSummary)).map((row) => [
              row.customer_id,
              [row.total_orders, row.total_items, row.total_amount],
            ]),
          ),
          new Map(
            [...summary].map(([who, of]) => [
              who,
              [of.length, ...sums(items.filter((each) => each.who === who)).slice(1)],
            ]),
          ),
        );
      },
    ),
    { numRuns: 10 },
  );
});

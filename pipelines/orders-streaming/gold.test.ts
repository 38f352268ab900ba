import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { currentOrders, dimCustomer, dimDate, dimProduct, factOrders } from './pipeline.ts';
import { at, customer, order, Shop } from './test/shop.ts';

test('an order is one row with its latest status, whatever came last', async () => {
  const { world, orders } = new Shop();
  await orders(
    order('a', { order_status: 'completed', order_timestamp: '2025-12-24T10:02:00Z' }),
    order('a', { order_status: 'pending', order_timestamp: '2025-12-24T10:01:00Z' }),
    order('b', { order_status: 'cancelled', order_timestamp: '2025-12-24T10:03:00Z' }),
    order('a', { order_status: 'completed', order_timestamp: '2025-12-24T10:02:00Z' }),
  );
  const rows = (await world.rows(factOrders)).map(({ order_id, order_status, order_timestamp }) => [
    ...[order_id, order_status, order_timestamp],
  ]);
  assert.deepEqual(rows.sort(), [
    ['a', 'completed', at('10:02:00')],
    ['b', 'cancelled', at('10:03:00')],
  ]);
});

test('a fact has the key of its customer, its product and its day; the dimensions say what they stand for', async () => {
  const { world, orders, customers } = new Shop();
  await customers(customer(7, { city: 'Lima' }));
  await orders(order('a', { customer_id: 7, product_id: 'p9', order_timestamp: '2025-02-03T10:00:00Z' }));
  const [fact] = await world.rows(factOrders);
  const [c, p, d] = [await world.rows(dimCustomer), await world.rows(dimProduct), await world.rows(dimDate)];
  assert.equal(c.find((row) => row.customer_key === fact?.customer_key)?.city, 'Lima');
  assert.equal(p.find((row) => row.product_key === fact?.product_key)?.product_id, 'p9');
  const day = d.find((row) => row.date_key === fact?.date_key);
  assert.deepEqual([day?.year, day?.month, day?.day, day?.orders], [2025, 2, 3, 1]);
  assert.ok([fact?.customer_key, fact?.product_key, fact?.date_key].every((key) => key !== undefined && key > 0));
});

test('each dimension has one unknown member, 0, of which nothing is known; also before anything came', async () => {
  const { world, orders } = new Shop();
  const unknown = async () => [
    (await world.rows(dimCustomer)).filter((row) => row.customer_key === 0),
    (await world.rows(dimProduct)).filter((row) => row.product_key === 0),
    (await world.rows(dimDate)).filter((row) => row.date_key === 0),
  ];
  const expected = [
    [{ customer_key: 0, customer_id: null, customer_name: null, city: null, segment: null }],
    [{ product_key: 0, product_id: null, first_ordered_at: null }],
    [{ date_key: 0, order_date: null, orders: null, year: null, month: null, day: null }],
  ];
  await orders(order('a'));
  assert.deepEqual(await unknown(), expected);
  await orders(order('b', { product_id: 'p2' }));
  assert.deepEqual(await unknown(), expected);
});

test('an order of an unknown customer has key 0, and the right one when the customer comes', async () => {
  const { world, orders, customers } = new Shop();
  await orders(order('a', { customer_id: 5 }), order('b', { customer_id: null }));
  const keys = async () =>
    new Map((await world.rows(factOrders)).map(({ order_id, customer_key }) => [order_id, customer_key]));
  assert.deepEqual([...(await keys()).values()], [0, 0]);
  await customers(customer(5));
  const [, five] = (await world.rows(dimCustomer)).toSorted((a, b) => a.customer_key - b.customer_key);
  assert.equal(five?.customer_id, 5);
  assert.deepEqual(
    await keys(),
    new Map([
      ['a', five?.customer_key],
      ['b', 0],
    ]),
  );
});

test('a key stays the same for ever: after changes, and for who goes and comes back', async () => {
  const { world, orders, customers } = new Shop();
  await orders(order('a', { customer_id: 1 }));
  const keyOf = async (id: number) =>
    (await world.rows(dimCustomer)).find(({ customer_id }) => customer_id === id)?.customer_key;
  const factKey = async () => (await world.rows(factOrders))[0]?.customer_key;
  await customers(customer(1), customer(2));
  const [one, two] = [await keyOf(1), await keyOf(2)];
  await customers(customer(2, { city: 'Rome' }), customer(3));
  assert.deepEqual([await keyOf(1), await keyOf(2), await factKey()], [undefined, two, 0]);
  await customers(customer(1), customer(2), customer(3));
  assert.deepEqual([await keyOf(1), await keyOf(2), await factKey()], [one, two, one]);
  assert.equal(new Set([one, two, await keyOf(3)]).size, 3);
});

const STATUSES = ['pending', 'completed', 'cancelled'] as const;
const change = fc.record({
  order: fc.integer({ min: 0, max: 4 }),
  minute: fc.integer({ min: 0, max: 59 }),
  status: fc.constantFrom(...STATUSES),
  product: fc.integer({ min: 0, max: 2 }),
  customer: fc.option(fc.integer({ min: 0, max: 3 })),
});

test('facts and dimensions are those of the sorted changes, in whatever order and repetition they come', async () => {
  // Of two changes at one instant either may count, as long as it is the same one in every order.
  const changes = fc.uniqueArray(change, { selector: (c) => `${c.order} ${c.minute}`, minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(
      changes.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 }))),
      fc.boolean(),
      async ([all, extra], customersFirst) => {
        const { world, orders, customers } = new Shop();
        const send = (each: readonly (typeof all)[number][]) =>
          orders(
            ...each.map((c) =>
              order(`o${c.order}`, {
                ...{ customer_id: c.customer, product_id: `p${c.product}`, order_status: c.status },
                order_timestamp: `2025-12-24T10:${String(c.minute).padStart(2, '0')}:00Z`,
              }),
            ),
          );
        if (customersFirst) await customers(customer(0), customer(1), customer(2));
        await send(extra);
        await world.run();
        await send(all);
        if (!customersFirst) await customers(customer(0), customer(1), customer(2));

        const latest = new Map<number, (typeof all)[number]>();
        for (const each of all.toSorted((a, b) => a.minute - b.minute)) latest.set(each.order, each);
        const [who, what] = [await world.rows(dimCustomer), await world.rows(dimProduct)];
        const facts = (await world.rows(factOrders)).map((fact) => [
          ...[fact.order_id, fact.order_status],
          who.find(({ customer_key }) => customer_key === fact.customer_key)?.customer_id,
          what.find(({ product_key }) => product_key === fact.product_key)?.product_id,
        ]);
        const expected = [...latest].map(([id, { status, product, customer: c }]) => [
          ...[`o${id}`, status, c === null || c > 2 ? null : c, `p${product}`],
        ]);
        assert.deepEqual(facts.sort(), expected.sort());
        const products = new Map<string, number>();
        for (const { product, minute } of latest.values())
          products.set(`p${product}`, Math.min(products.get(`p${product}`) ?? 60, minute));
        assert.deepEqual(
          new Map(what.filter((row) => row.product_key > 0).map((row) => [row.product_id, row.first_ordered_at])),
          new Map([...products].map(([id, minute]) => [id, at(`10:${String(minute).padStart(2, '0')}:00`)])),
        );
        assert.deepEqual(
          (await world.rows(dimDate)).filter((row) => row.date_key > 0).map((row) => row.orders),
          [latest.size],
        );
      },
    ),
    { numRuns: 12 },
  );
});

test('of two changes at one instant the same one counts in every order', async () => {
  const two = [order('a', { order_status: 'completed' }), order('a', { order_status: 'cancelled' })];
  const kept = await Promise.all(
    [two, two.toReversed()].map(async (each) => {
      const { world, orders } = new Shop();
      await orders(...each);
      return (await world.rows(currentOrders)).map(({ order_status }) => order_status);
    }),
  );
  assert.equal(kept[0]?.length, 1);
  assert.deepEqual(kept[0], kept[1]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bronzeOrders, ordersClean, quarantineOrders, silverCustomers, silverOrders } from './pipeline.ts';
import { at, order, Sales } from './test/sales.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What became of each order: the rules that it broke, by action, and what it left. */
async function fates(orders: readonly Fields[]) {
  const { world, orders: land } = new Sales();
  await land(...orders);
  const kept = new Set((await world.rows(ordersClean)).map(({ source_row }) => source_row));
  const refused = new Map(
    (await world.quarantine(ordersClean)).map((row) => [
      Number(JSON.parse(row.row ?? '{}').source_row ?? -1),
      { outcome: row.outcome, broken: row.violations.map(({ expectation }) => expectation), bytes: row.value !== null },
    ]),
  );
  const listed = new Map((await world.rows(quarantineOrders)).map((row) => [row.source_row, row.broken_rules]));
  return { world, kept, refused, listed };
}

test('an order without an id or a positive amount is dropped, and in quarantine_orders with what it broke', async () => {
  const cases: readonly (readonly [Fields, string | null])[] = [
    [{ amount: 0.01 }, null],
    [{ amount: 99_999_999.99 }, null],
    [{ amount: '12.50' }, null],
    [{ order_id: '' }, 'valid_order_id'],
    [{ order_id: null }, 'valid_order_id'],
    [{ amount: 0 }, 'valid_amount'],
    [{ amount: -5 }, 'valid_amount'],
    [{ amount: null }, 'valid_amount'],
    [{ amount: 'twelve' }, 'valid_amount'],
    [{ amount: 100_000_000 }, 'valid_amount'],
    [{ order_id: null, amount: null }, 'valid_order_id, valid_amount'],
    [{ amount: 0, customer_id: null }, 'valid_amount, valid_customer'],
    [{ order_id: '', amount: 0, order_date: 'x' }, 'valid_order_id, valid_amount, valid_order_date'],
    [{ amount: 0, updated_at: 'x' }, 'valid_amount, valid_updated_at'],
  ];
  const { world, kept, listed } = await fates(cases.map(([change], i) => order(`o${i}`, change)));
  assert.deepEqual(listed, new Map(cases.flatMap(([, broken], i) => (broken === null ? [] : [[i, broken] as const]))));
  assert.deepEqual([...kept].sort(), [0, 1, 2]);
  const dropped = await world.quarantine(ordersClean);
  assert.ok(dropped.filter(({ outcome }) => outcome === 'dropped').every(({ value, row }) => !value && !row));
  assert.equal((await world.rows(bronzeOrders)).length, cases.length);
});

test('an order without a customer is kept, with a warning', async () => {
  const { world, kept, refused } = await fates([order('a', { customer_id: null }), order('b')]);
  assert.deepEqual([...kept].sort(), [0, 1]);
  assert.equal(refused.size, 0);
  const { rule, action, records, failed, dropped } = (await world.quality(ordersClean)).find(
    (each) => each.rule === 'valid_customer',
  )!;
  assert.deepEqual([rule, action, records, failed, dropped], ['valid_customer', 'warn', 2, 1, 0]);
});

test('an order whose date or time of change is no instant is in quarantine, with its bytes', async () => {
  const { kept, refused, listed } = await fates([
    order('a', { order_date: '24/12/2025' }),
    order('b', { order_date: null }),
    order('c', { updated_at: 'now' }),
    order('d', { updated_at: null }),
  ]);
  assert.deepEqual(
    refused,
    new Map([
      [0, { outcome: 'violation', broken: ['valid_order_date'], bytes: true }],
      [1, { outcome: 'violation', broken: ['valid_order_date'], bytes: true }],
      [2, { outcome: 'violation', broken: ['valid_updated_at'], bytes: true }],
    ]),
  );
  assert.deepEqual([...kept], [3]);
  assert.equal(listed.size, 0);
});

test('each rule counts every order that it judged', async () => {
  const { world } = await fates([order('a'), order(null, { amount: 0 }), order('c', { amount: -1 })]);
  const counts = (await world.quality(ordersClean)).map(({ rule, records, passed, failed, dropped }) => [
    ...[rule, records, passed, failed, dropped],
  ]);
  assert.deepEqual(counts, [
    ['valid_amount', 3, 1, 2, 2],
    ['valid_customer', 3, 3, 0, 0],
    ['valid_order_date', 3, 3, 0, 0],
    ['valid_order_id', 3, 2, 1, 1],
    ['valid_status', 3, 3, 0, 0],
    ['valid_updated_at', 3, 3, 0, 0],
  ]);
});

test('an order of unknown status stops its flow there; the others go on; skipped, it is in quarantine', async () => {
  const { world, orders, customers } = new Sales();
  await orders(order('a'));
  await orders(order('a', { status: 'returned', updated_at: '2025-12-24T10:01:00Z' }));
  await orders(order('a', { amount: 7, updated_at: '2025-12-24T10:02:00Z' }), order('b', { amount: 0 }));
  await customers({ customer_id: 1n, customer_name: 'Ann', email: '', customer_segment: '', region: 'north' });
  await assert.rejects(world.run(), /MED_EXPECTATION_FAILED.*silver_orders_clean.*broke valid_status/);
  assert.deepEqual(
    (await world.rows(silverOrders)).map(({ amount }) => amount),
    [10],
  );
  assert.equal((await world.quarantine(ordersClean)).filter(({ outcome }) => outcome === 'violation').length, 0);
  assert.equal((await world.rows(bronzeOrders)).length, 4, 'bronze has all');
  assert.equal((await world.rows(quarantineOrders)).length, 1, 'so has quarantine_orders');
  assert.equal((await world.rows(silverCustomers)).length, 1, 'and customers');

  await world.resume('silver_orders_clean', 'it was not mended');
  await assert.rejects(world.run(), /MED_EXPECTATION_FAILED/);
  await world.skip('silver_orders_clean', 'a test order');
  assert.deepEqual(
    (await world.rows(silverOrders)).map(({ amount }) => amount),
    [7],
  );
  const [skipped] = (await world.quarantine(ordersClean)).filter(({ outcome }) => outcome === 'violation');
  assert.match(skipped?.reason ?? '', /broke valid_status.*skipped by test.*a test order/);
  assert.equal(JSON.parse(skipped?.row ?? '{}').status, 'returned');
});

test('a status is one of three, as written; null is none', async () => {
  for (const status of ['Completed', '', null, 'constructor']) {
    const { world, orders } = new Sales();
    await orders(order('a', { status }));
    await assert.rejects(world.run(), /valid_status/, String(status));
  }
  const { kept } = await fates(['pending', 'completed', 'cancelled'].map((status, i) => order(`o${i}`, { status })));
  assert.equal(kept.size, 3);
});

test('a line that is no JSON is in the quarantine of bronze with its bytes and its place, and the rest flows', async () => {
  const { world, orders } = new Sales();
  await orders(order('a'), '{"order_id": "b", "am', order('c'));
  const [broken, ...others] = await world.quarantine(bronzeOrders);
  assert.deepEqual(
    [others.length, broken?.outcome, broken?.value?.toString()],
    [0, 'unparseable', '{"order_id": "b", "am'],
  );
  assert.match(JSON.stringify(broken), /00000\.json/);
  const rows = (await world.rows(bronzeOrders)).map((row) => [row.order_id, row.source_file, row.source_row]);
  assert.deepEqual(rows.sort(), [
    ['a', 'medallion-sales/orders/00000.json', 0],
    ['c', 'medallion-sales/orders/00000.json', 2],
  ]);
});

test('bronze rescues what nobody declared and what does not fit, and says when it came', async () => {
  const { world, orders } = new Sales();
  await orders(order('a', { amount: 'twelve', coupon: 'X1' }));
  const [row] = await world.rows(bronzeOrders);
  assert.equal(row?.amount, null);
  assert.deepEqual(JSON.parse(row?._rescued_data ?? ''), { amount: 'twelve', coupon: 'X1' });
  assert.equal(row?.ingestion_timestamp, at('12:00:00'));
});

test('a file is read once, however often the pipeline runs', async () => {
  const { world, orders } = new Sales();
  await orders(order('a'), order('b'));
  await world.run();
  await world.run();
  await orders(order('c'));
  assert.equal((await world.rows(bronzeOrders)).length, 3);
});

test('where an order does not say when it changed, the one that landed later counts', async () => {
  const { world, orders } = new Sales();
  await orders(order('a', { updated_at: undefined, status: 'pending' }));
  await world.run();
  world.clock.set((at('12:00:00') + 1) as never);
  await orders(order('a', { updated_at: undefined, status: 'completed' }));
  assert.deepEqual(
    (await world.rows(silverOrders)).map(({ status }) => status),
    ['completed'],
  );
});

const change = fc.record({ id: fc.integer({ min: 0, max: 4 }), minute: fc.integer({ min: 0, max: 59 }) });

test('one row an order: the newest change counts, in whatever order, files and repetition changes land', async () => {
  const changes = fc.uniqueArray(change, {
    selector: ({ id, minute }) => `${id} ${minute}`,
    minLength: 1,
    maxLength: 25,
  });
  await fc.assert(
    fc.asyncProperty(
      changes.chain((all) => fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
      fc.integer({ min: 1, max: 20 }),
      async (landed, size) => {
        const { world, orders } = new Sales();
        for (let i = 0; i < landed.length; i += size) {
          const rows = landed.slice(i, i + size).map(({ id, minute }) =>
            order(`o${id}`, {
              amount: minute + 1,
              updated_at: new Date(at('10:00:00') + minute * 60_000).toISOString(),
            }),
          );
          await orders(...rows);
        }
        const newest = new Map<string, number>();
        for (const { id, minute } of landed) newest.set(`o${id}`, Math.max(newest.get(`o${id}`) ?? 0, minute + 1));
        const rows = (await world.rows(silverOrders)).map(({ order_id, amount }) => [order_id, amount] as const);
        assert.deepEqual(new Map(rows), newest);
      },
    ),
    { numRuns: 15 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressesClean,
  bronzeAddresses,
  bronzeCustomers,
  bronzeOrders,
  customersClean,
  ordersClean,
} from './pipeline.ts';
import { address, Care, customer, order } from './test/care.ts';

type Fields = Readonly<Record<string, unknown>>;
type Kind = 'customers' | 'addresses' | 'orders';
type Fate = 'kept' | 'warned' | 'dropped';

const kinds = {
  customers: { clean: customersClean, sample: (i: number, change: Fields) => customer(i, 0, change) },
  addresses: { clean: addressesClean, sample: (i: number, change: Fields) => address(i, 0, change) },
  orders: { clean: ordersClean, sample: (i: number, change: Fields) => order(`o${i}`, 0, change) },
} as const;

/** Each change of a good row by itself, and what one rule makes of it; the other rules have nothing to say. */
async function judged(kind: Kind, rule: string, cases: readonly (readonly [Fields, Fate])[]): Promise<void> {
  const { clean, sample } = kinds[kind];
  for (const [change, fate] of cases) {
    const care = new Care();
    await care[kind](sample(1, change));
    const what = `${rule} ${JSON.stringify(change)}`;
    assert.equal((await care.world.rows<object>(clean.name)).length, fate === 'dropped' ? 0 : 1, what);
    const failed = (await care.world.quality(clean)).filter((each) => each.failed > 0);
    assert.deepEqual(
      failed.map((each) => [each.rule, each.action, each.dropped]),
      fate === 'kept' ? [] : [[rule, fate === 'warned' ? 'warn' : 'drop', fate === 'warned' ? 0 : 1]],
      what,
    );
    assert.deepEqual(
      (await care.world.quarantine(clean)).map(({ outcome, value }) => [outcome, value]),
      fate === 'dropped' ? [['dropped', null]] : [],
      what,
    );
  }
}

test('customers: one without an id is dropped', () =>
  judged('customers', 'valid_customer_id', [
    [{ customer_id: 0 }, 'kept'],
    [{ customer_id: null }, 'dropped'],
    [{ customer_id: 'seven' }, 'dropped'],
  ]));

test('customers: a name has to be more than spaces', () =>
  judged('customers', 'valid_name', [
    [{ customer_name: 'A' }, 'kept'],
    [{ customer_name: '  A ' }, 'kept'],
    [{ customer_name: '   ' }, 'dropped'],
    [{ customer_name: '' }, 'dropped'],
    [{ customer_name: null }, 'dropped'],
  ]));

test('customers: an email without @, or none, is warned of', () =>
  judged('customers', 'valid_email', [
    [{ email: '@' }, 'kept'],
    [{ email: 'ann at home' }, 'warned'],
    [{ email: '' }, 'warned'],
    [{ email: null }, 'warned'],
  ]));

test('customers: one that does not say when it changed is dropped', () =>
  judged('customers', 'valid_changed_at', [
    [{ changed_at: '2025-12-24T10:00:00+01:00' }, 'kept'],
    [{ changed_at: '24 December' }, 'dropped'],
    [{ changed_at: null }, 'dropped'],
  ]));

test('addresses: one without a customer, a city or a time is dropped', async () => {
  await judged('addresses', 'valid_customer_id', [
    [{ customer_id: '9' }, 'kept'],
    [{ customer_id: 'x' }, 'dropped'],
    [{ customer_id: '' }, 'dropped'],
  ]);
  await judged('addresses', 'valid_city', [
    [{ city: 'Å' }, 'kept'],
    [{ city: '' }, 'dropped'],
  ]);
  await judged('addresses', 'valid_changed_at', [[{ changed_at: 'x' }, 'dropped']]);
});

test('addresses: a zip code of other than five characters, or none, is warned of', () =>
  judged('addresses', 'valid_zip_code', [
    [{ zip_code: 'AB 12' }, 'kept'],
    [{ zip_code: '1234' }, 'warned'],
    [{ zip_code: '123456' }, 'warned'],
    [{ zip_code: '' }, 'warned'],
  ]));

test('orders: one without an id, a customer, a positive amount or a time is dropped', async () => {
  await judged('orders', 'valid_order_id', [
    [{ order_id: '' }, 'dropped'],
    [{ order_id: null }, 'dropped'],
  ]);
  await judged('orders', 'valid_customer_id', [
    [{ customer_id: 0 }, 'kept'],
    [{ customer_id: null }, 'dropped'],
  ]);
  await judged('orders', 'valid_amount', [
    [{ order_amount: 0.01 }, 'kept'],
    [{ order_amount: 0 }, 'dropped'],
    [{ order_amount: -0.01 }, 'dropped'],
    [{ order_amount: null }, 'dropped'],
  ]);
  await judged('orders', 'valid_changed_at', [[{ changed_at: '' }, 'dropped']]);
});

test('orders: one of no items, or of nobody knows how many, is warned of', () =>
  judged('orders', 'valid_item_count', [
    [{ item_count: 1 }, 'kept'],
    [{ item_count: 0 }, 'warned'],
    [{ item_count: null }, 'warned'],
  ]));

test('an operation that nobody has heard of stops its flow alone; skipped, it is in quarantine with its bytes', async () => {
  for (const [kind, { clean, sample }] of Object.entries(kinds)) {
    const care = new Care();
    await care[kind as Kind](sample(1, { operation: 'MERGE' }), sample(2, {}));
    for (const other of Object.keys(kinds))
      if (other !== kind) await care[other as Kind](kinds[other as Kind].sample(1, {}));
    await assert.rejects(care.world.run(), new RegExp(`MED_EXPECTATION_FAILED.*${clean.name}.*valid_operation`));
    for (const [other, { clean: its }] of Object.entries(kinds))
      if (other !== kind) assert.equal((await care.world.rows<object>(its.name)).length, 1, `${kind} ${other}`);
    await care.world.skip(clean.name, 'it will be told again');
    assert.equal((await care.world.rows<object>(clean.name)).length, 1, kind);
    const [refused] = await care.world.quarantine(clean);
    assert.match(refused?.reason ?? '', /valid_operation; skipped by test.*it will be told again/);
    assert.ok(refused?.row?.includes('MERGE'));
  }
});

test('what cannot be read is in the quarantine of its bronze table, and the rest flows', async () => {
  const { world, customers, addresses, orders } = new Care();
  await customers('{"customer_id": 1', customer(2, 0));
  await addresses('1,2,3', address(2, 0));
  await orders('no JSON', order('a', 0));
  for (const bronze of [bronzeCustomers, bronzeAddresses, bronzeOrders]) {
    assert.equal((await world.rows<object>(bronze.name)).length, 1, bronze.name);
    assert.deepEqual(
      (await world.quarantine(bronze)).map(({ outcome }) => outcome),
      ['unparseable'],
      bronze.name,
    );
  }
});

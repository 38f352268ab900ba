import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addresses, customers, orders } from './pipeline.ts';
import { address, at, Care, customer, order } from './test/care.ts';

type Version = readonly [id: number, city: string | null, from: number, to: number | null];
const versionsOf = async ({ world }: Care): Promise<readonly Version[]> =>
  (await world.rows(addresses))
    .map((row): Version => [row.customer_id, row.city, row.__START_AT, row.__END_AT])
    .toSorted((a, b) => a[0] - b[0] || a[2] - b[2]);
const versions = (...all: readonly (readonly [string, number, number | null])[]): readonly Version[] =>
  all.map(([city, from, to]) => [1, city, at(from), to === null ? null : at(to)]);

test('an address is kept from its change to the next one; the one that holds has no end', async () => {
  const care = new Care();
  await care.addresses(address(1, 5), address(1, 20, { city: 'Rome' }));
  assert.deepEqual(await versionsOf(care), versions(['Oslo', 5, 20], ['Rome', 20, null]));
});

test('the same address told again is one version, and a late change splits it', async () => {
  const care = new Care();
  const oslo = [5, 10, 15].map((minute) => address(1, minute));
  await care.addresses(...oslo, address(1, 20, { city: 'Rome' }));
  assert.deepEqual(await versionsOf(care), versions(['Oslo', 5, 20], ['Rome', 20, null]));
  await care.addresses(address(1, 12, { city: 'Bonn' }));
  const split = versions(['Oslo', 5, 12], ['Bonn', 12, 15], ['Oslo', 15, 20], ['Rome', 20, null]);
  assert.deepEqual(await versionsOf(care), split);
});

test('a delete ends a version, and an older change that comes later does not undo it', async () => {
  const care = new Care();
  await care.addresses(address(1, 5), address(1, 20, { operation: 'DELETE' }));
  assert.deepEqual(await versionsOf(care), versions(['Oslo', 5, 20]));
  await care.addresses(address(1, 10, { city: 'Rome' }));
  assert.deepEqual(await versionsOf(care), versions(['Oslo', 5, 10], ['Rome', 10, 20]));
  await care.addresses(address(1, 30));
  assert.deepEqual(await versionsOf(care), versions(['Oslo', 5, 10], ['Rome', 10, 20], ['Oslo', 30, null]));
});

test('each column of an address makes a new version, the audit columns do not', async () => {
  for (const column of ['address_line', 'city', 'state', 'zip_code']) {
    const care = new Care();
    await care.addresses(address(1, 5), address(1, 6));
    await care.world.run();
    await care.addresses(address(1, 7, { [column]: 'other' }));
    assert.equal((await versionsOf(care)).length, 2, column);
  }
});

test('a customer who was deleted does not come back with an older change, but with a newer one', async () => {
  const care = new Care();
  const names = async () => (await care.world.rows(customers)).map((row) => [row.customer_id, row.customer_name]);
  await care.customers(customer(1, 10, { operation: 'DELETE' }), customer(2, 10));
  await care.world.run();
  await care.customers(customer(1, 5), customer(2, 5, { customer_name: 'Old' }));
  assert.deepEqual(await names(), [[2, 'Name 2']]);
  await care.customers(customer(1, 11, { customer_name: 'New' }));
  assert.deepEqual((await names()).toSorted(), [
    [1, 'New'],
    [2, 'Name 2'],
  ]);
});

test('what a change is, and where it came from, is no part of the tables', async () => {
  const care = new Care();
  await care.customers(customer(1, 0));
  await care.addresses(address(1, 0));
  await care.orders(order('a', 0));
  const columns = async (table: string) => Object.keys((await care.world.rows(table))[0]!).sort();
  assert.deepEqual(await columns('silver_customers'), [
    ...['changed_at', 'customer_id', 'customer_name', 'email', 'segment'],
  ]);
  assert.deepEqual(await columns('silver_addresses'), [
    ...['__END_AT', '__START_AT', 'address_line', 'changed_at', 'city', 'customer_id', 'state', 'zip_code'],
  ]);
  assert.deepEqual(await columns('silver_orders'), [
    ...['changed_at', 'customer_id', 'item_count', 'order_amount', 'order_id', 'order_status'],
  ]);
});

const CITIES = ['Oslo', 'Rome', 'Bonn'] as const;
type Change = { readonly id: number; readonly minute: number; readonly city: string | null };
const change: fc.Arbitrary<Change> = fc.record({
  id: fc.integer({ min: 1, max: 3 }),
  minute: fc.integer({ min: 0, max: 59 }),
  // Null: a delete.
  city: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...CITIES) }, { weight: 1, arbitrary: fc.constant(null) }),
});
const shuffled = fc
  .uniqueArray(change, { selector: ({ id, minute }) => `${id} ${minute}`, minLength: 1, maxLength: 25 })
  .chain((all) => fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 }));

/** The history of the sorted changes, by walking along them. */
function history(changes: readonly Change[]): readonly Version[] {
  const found: { id: number; city: string; from: number; to: number | null }[] = [];
  for (const { id, minute, city } of changes.toSorted((a, b) => a.id - b.id || a.minute - b.minute)) {
    const open = found.findLast((version) => version.id === id && version.to === null);
    if (open?.city === city) continue;
    if (open !== undefined) open.to = at(minute);
    if (city !== null) found.push({ id, city, from: at(minute), to: null });
  }
  return found.map(({ id, city, from, to }) => [id, city, from, to]);
}

test('the history is that of the sorted changes, in whatever order, batches and repetition they come', async () => {
  await fc.assert(
    fc.asyncProperty(shuffled, fc.integer({ min: 3, max: 25 }), async (all, size) => {
      const care = new Care();
      for (let i = 0; i < all.length; i += size) {
        const rows = all
          .slice(i, i + size)
          .map(({ id, minute, city }) => address(id, minute, city === null ? { operation: 'DELETE' } : { city }));
        await care.addresses(...rows);
        await care.world.run();
      }
      assert.deepEqual(await versionsOf(care), history(all));
    }),
    { numRuns: 12 },
  );
});

test('customers and orders are those of the last change of each, in whatever order they come', async () => {
  await fc.assert(
    fc.asyncProperty(shuffled, async (all) => {
      const care = new Care();
      const half = all.length / 2;
      const operation = (city: string | null) => (city === null ? 'DELETE' : 'UPSERT');
      for (const part of [all.slice(0, half), all.slice(half)]) {
        await care.customers(
          ...part.map(({ id, minute, city }) => customer(id, minute, { operation: operation(city), segment: city })),
        );
        await care.orders(
          ...part.map(({ id, minute, city }) =>
            order(`o${id}`, minute, { operation: operation(city), order_status: city }),
          ),
        );
        await care.world.run();
      }
      const last = new Map<number, string | null>();
      for (const { id, city } of all.toSorted((a, b) => a.minute - b.minute)) last.set(id, city);
      const expected = [...last].filter(([, city]) => city !== null).toSorted();
      const segments = (await care.world.rows(customers)).map((row) => [row.customer_id, row.segment]);
      assert.deepEqual(segments.toSorted(), expected);
      const statuses = (await care.world.rows(orders)).map((row) => [Number(row.order_id.slice(1)), row.order_status]);
      assert.deepEqual(statuses.toSorted(), expected);
    }),
    { numRuns: 10 },
  );
});

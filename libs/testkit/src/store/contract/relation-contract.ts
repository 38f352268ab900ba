import assert from 'node:assert/strict';
import type { PipelinePlan } from '@medallion/pipeline';
import { emptyCommit, type GoldCommit, type KeyedChange, type Lease, RowRefusedError } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { MemoryRelations } from '../memory-relations.ts';
import { replay, shopFeeds } from '../shop/replay.ts';
import { type ShopChanges, shopChanges } from '../shop/shop-changes.ts';
import { after, inOrder, type StoreHarness, stepOf } from './harness.ts';
import type { Check } from './suite.ts';

const changesOf = (tables: Readonly<Record<string, readonly KeyedChange[]>>): ShopChanges =>
  new Map(Object.entries(tables));
const commitOf = (lease: Lease, changes: ShopChanges): GoldCommit => ({
  ...emptyCommit,
  leases: [stepOf(lease, 1)],
  changes,
});

const ann = { customer_id: 1, name: 'Ann', region: 'Asia' };
const order = { order_id: 7, customer_id: 1, product_id: 'sled', status: 'completed', amount: 5, ordered_at: 0 };
const put = (key: number, row: AnyRow): KeyedChange => ({ key: [key], row });
const gone = (key: number): KeyedChange => ({ key: [key], row: null });

const relatedTables = (plan: PipelinePlan): readonly string[] =>
  plan.tables.filter(({ kind }) => kind !== 'materialized_view' && kind !== 'streaming_table').map(({ name }) => name);

const timeless = (rows: readonly AnyRow[]): readonly AnyRow[] =>
  inOrder(rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== '_commit_timestamp'))));

/** M1 to M8 of the relational views' SPEC, as far as any store keeps them. */
export function relationContract(check: Check, runs: number): void {
  check('M1 keyed tables, views and feeds equal a computation from all rows after each commit', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    let lease = await acquire(store);
    const reference = new MemoryRelations();
    reference.migrate(plan);
    await fc.assert(
      fc.asyncProperty(fc.array(shopChanges, { minLength: 1, maxLength: 3 }), async (commits) => {
        for (const changes of commits) {
          assert.deepEqual(await store.commit(commitOf(lease, changes)), { kind: 'committed' });
          lease = after(lease, 1);
          reference.apply(changes, 0);
        }
        for (const table of relatedTables(plan))
          assert.deepEqual(timeless(await harness.rows(table)), timeless(reference.rows(table)!), table);
      }),
      { numRuns: runs, interruptAfterTimeLimit: 60_000, endOnFailure: true },
    );
    await assertReplays(harness);
  });

  check('a commit that is fenced changes no keyed table', async ({ harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    await store.commit(commitOf(lease, changesOf({ customers: [put(1, ann)] })));
    const outcome = await store.commit(commitOf(lease, changesOf({ customers: [gone(1)] })));
    assert.equal(outcome.kind, 'fenced');
    assert.deepEqual(await harness.rows('customers'), [ann]);
  });

  check('of several changes of a key in a commit the last counts', async ({ harness, acquire }) => {
    const store = await harness.open();
    const changes = changesOf({
      customers: [put(1, ann), gone(1), put(1, { ...ann, name: 'Bob' }), put(2, ann), gone(2)],
    });
    await store.commit(commitOf(await acquire(store), changes));
    assert.deepEqual(await harness.rows('customers'), [{ ...ann, name: 'Bob' }]);
  });

  check('M4 a commit that leaves a table as it was makes no version of its feed', async ({ harness, acquire }) => {
    const store = await harness.open();
    let lease = await acquire(store);
    for (const name of ['Ann', 'Ann', 'Bob']) {
      await store.commit(commitOf(lease, changesOf({ customers: [put(1, { ...ann, name })] })));
      lease = after(lease, 1);
    }
    const changes = (await harness.rows('customer_changes')).map((row) => [
      row._commit_version,
      row._change_type,
      row.name,
    ]);
    assert.deepEqual(changes.sort(), [
      [0, 'insert', 'Ann'],
      [1, 'update_postimage', 'Bob'],
      [1, 'update_preimage', 'Ann'],
    ]);
  });

  check('M5 an integer stays with its key, and who references a missing row has 0 until it comes', async (parts) => {
    const { harness, acquire } = parts;
    const store = await harness.open();
    let lease = await acquire(store);
    const seen: unknown[] = [];
    const steps = [
      { orders: [put(7, order)] },
      { customers: [put(9, { ...ann, customer_id: 9 })] },
      { customers: [put(1, ann)] },
      { customers: [gone(1)] },
      { customers: [put(1, { ...ann, name: 'again' })] },
    ];
    for (const step of steps) {
      await store.commit(commitOf(lease, changesOf(step)));
      lease = after(lease, 1);
      seen.push((await harness.rows('fact_orders'))[0]!.customer_key);
    }
    assert.deepEqual(seen, [0, 0, 2, 0, 2]);
    const unknown = (await harness.rows('dim_customer')).find((row) => row.customer_key === 0);
    assert.deepEqual(unknown, { customer_key: 0, customer_id: null, name: null, region: null });
  });

  check('M7 a commit with a row that is refused changes nothing', async ({ harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    const changes = changesOf({ customers: [put(1, ann)], orders: [put(7, { ...order, status: 'a\0b' })] });
    await assert.rejects(store.commit(commitOf(lease, changes)), RowRefusedError);
    for (const table of ['customers', 'orders', 'orders_enriched', 'customer_changes'])
      assert.deepEqual(await harness.rows(table), [], table);
    await store.commit(commitOf(lease, changesOf({ customers: [put(1, ann)] })));
    assert.deepEqual(await harness.rows('customers'), [ann]);
  });

  check('M8 of the versions of a row a join finds the one that is open', async ({ harness, acquire }) => {
    const store = await harness.open();
    let lease = await acquire(store);
    const version = (from: number, to: number | null, city: string): KeyedChange => ({
      key: [1, from],
      row: { customer_id: 1, city, __START_AT: from, __END_AT: to },
    });
    const seen: unknown[] = [];
    for (const addresses of [
      [version(0, null, 'Oslo')],
      [version(0, 5, 'Oslo'), version(5, null, 'Kyoto')],
      [version(5, 9, 'Kyoto')],
    ]) {
      await store.commit(commitOf(lease, changesOf({ addresses, orders: [put(7, order)] })));
      lease = after(lease, 1);
      seen.push((await harness.rows('orders_enriched'))[0]!.city);
    }
    assert.deepEqual(seen, ['Oslo', 'Kyoto', null]);
  });
}

async function assertReplays(harness: StoreHarness): Promise<void> {
  for (const [feed, { table, keys }] of Object.entries(shopFeeds)) {
    const changes = (await harness.rows(feed)).toSorted(
      (a, b) => Number(a._commit_version) - Number(b._commit_version),
    );
    assert.deepEqual(inOrder(replay(changes, keys)), inOrder(await harness.rows(table)), feed);
  }
}

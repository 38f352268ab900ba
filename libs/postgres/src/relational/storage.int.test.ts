import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PipelinePlan, RelationalViewPlan } from '@medallion/pipeline';
import type { KeyedChange } from '@medallion/runtime';
import { shopPipeline } from '@medallion/testkit';
import { withReading } from '../../test/rows-read.ts';
import { type OpenScratch, openScratch } from '../../test/scratch-store.ts';
import { ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';

const databaseUrl = await testDatabase();

const clustered = (name: string): PipelinePlan => {
  const plan = shopPipeline(name);
  const storage = {
    clusterBy: ['customer_id', 'order_date'],
    fillfactor: 70,
    autovacuum: { autovacuum_vacuum_scale_factor: 0.02 },
    cleanup: 'delete',
  } as const;
  return {
    ...plan,
    tables: plan.tables.map((table) =>
      table.name === 'orders_enriched' ? ({ ...table, storage } as RelationalViewPlan) : table,
    ),
  };
};

let scratch: OpenScratch;
before(async () => {
  scratch = await openScratch(databaseUrl, { plan: clustered });
});
after(() => scratch.close());

const order = (i: number, amount: number): KeyedChange => ({
  key: [i],
  row: {
    ...{ order_id: i, customer_id: i % 200, product_id: `p${i}`, status: 'completed', amount },
    ordered_at: (i % 1_000) * 86_400_000,
  },
});

test('M3 the rows that a change touches are found by indexes, also where tables were empty when the plans were made', () =>
  withReading(databaseUrl, scratch.plan, async (reading) => {
    const ofOrders = (...orders: readonly KeyedChange[]) => new Map([['orders', orders]]);
    // So often, and a prepared statement has one plan for all.
    for (let i = 0; i < 6; i++) await reading(ofOrders(order(i, 1)));
    await reading(ofOrders(...Array.from({ length: 600 }, (_, i) => order(i, 1))));
    assert.equal((await reading(ofOrders(order(7, 2)))).scanned, 0);
    const moved = [{ key: [1], row: { customer_id: 1, name: 'Ann', region: 'Asia' } }];
    assert.equal((await reading(new Map([['customers', moved]]))).scanned, 0);
  }));

test('the clustering of a table is the index that a query for it uses', async () => {
  const { reader, store } = scratch;
  await (await ShopWriter.open(store)).commit(
    new Map([['orders', Array.from({ length: 1_000 }, (_, i) => order(i, 3))]]),
  );
  await reader.query('CLUSTER orders_enriched');
  await reader.query('ANALYZE orders_enriched');
  const plan = await reader.query<{ 'QUERY PLAN': string }>(
    'EXPLAIN SELECT * FROM orders_enriched WHERE customer_id = 42 ORDER BY order_date',
  );
  assert.match(plan[0]!['QUERY PLAN'], /^Index Scan using orders_enriched__customer_id_order_date_cluster/);
});

test('fillfactor and autovacuum are set as declared', async () => {
  const [stored] = await scratch.reader.query<{ reloptions: readonly string[] }>(
    `SELECT reloptions FROM pg_class WHERE oid = 'orders_enriched'::regclass`,
  );
  assert.deepEqual([...stored!.reloptions].sort(), ['autovacuum_vacuum_scale_factor=0.02', 'fillfactor=70']);
});

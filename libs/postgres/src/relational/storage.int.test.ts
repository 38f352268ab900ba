import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelinePlan, RelationalViewPlan } from '@medallion/pipeline';
import { shopPipeline } from '@medallion/testkit';
import { withScratch } from '../../test/scratch-store.ts';
import { ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';
import type { GoldReader } from '../gold-reader.ts';

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

const planOf = async (reader: GoldReader, sql: string): Promise<string> =>
  (await reader.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`)).map((row) => row['QUERY PLAN']).join('\n');

async function withOrders(body: (reader: GoldReader) => Promise<void>): Promise<void> {
  await withScratch(
    databaseUrl,
    async ({ store, reader }) => {
      const orders = Array.from({ length: 5_000 }, (_, i) => ({
        key: [i],
        row: {
          ...{ order_id: i, customer_id: (i * 7919) % 500, product_id: `p${i % 40}`, status: 'completed', amount: 1 },
          ordered_at: (i % 30) * 86_400_000,
        },
      }));
      await (await ShopWriter.open(store)).commit(new Map([['orders', orders]]));
      await body(reader);
    },
    { plan: clustered },
  );
}

test('the clustering of a table is the index that a query for it uses', () =>
  withOrders(async (reader) => {
    await reader.query('CLUSTER orders_enriched');
    await reader.query('ANALYZE orders_enriched');
    const plan = await planOf(reader, 'SELECT * FROM orders_enriched WHERE customer_id = 42 ORDER BY order_date');
    assert.match(plan, /^Index Scan using orders_enriched__customer_id_order_date_cluster/);
  }));

test('fillfactor and autovacuum are set as declared', () =>
  withOrders(async (reader) => {
    const [stored] = await reader.query<{ reloptions: readonly string[] }>(
      `SELECT reloptions FROM pg_class WHERE oid = 'orders_enriched'::regclass`,
    );
    assert.deepEqual([...stored!.reloptions].sort(), ['autovacuum_vacuum_scale_factor=0.02', 'fillfactor=70']);
  }));

test('M3 the rows that a change touches are found by indexes, also where tables were empty when the plans were made', () =>
  withScratch(
    databaseUrl,
    async ({ store, reader }) => {
      const writer = await ShopWriter.open(store);
      const order = (i: number, amount: number) => ({
        key: [i],
        row: {
          ...{ order_id: i, customer_id: i % 500, product_id: `p${i}`, status: 'completed', amount },
          ordered_at: (i % 3_000) * 86_400_000,
        },
      });
      // The first commits make the plans of their connection.
      for (let i = 0; i < 3; i++) await writer.commit(new Map([['orders', [order(i, 1)]]]));
      await writer.commit(new Map([['orders', Array.from({ length: 5_000 }, (_, i) => order(i, 1))]]));
      // A session reports what it read a second later.
      const rowsScanned = async (): Promise<number> => {
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        const [all] = await reader.query<{ read: number }>(
          'SELECT sum(seq_tup_read)::bigint AS read FROM pg_stat_user_tables WHERE schemaname = current_schema()',
        );
        return all!.read;
      };
      const before = await rowsScanned();
      for (let i = 0; i < 5; i++) await writer.commit(new Map([['orders', [order(i, 2)]]]));
      await writer.commit(
        new Map([['customers', [{ key: [1], row: { customer_id: 1, name: 'Ann', region: 'Asia' } }]]]),
      );
      assert.ok((await rowsScanned()) - before < 1_000, 'no commit scanned a table');
    },
    { plan: shopPipeline },
  ));

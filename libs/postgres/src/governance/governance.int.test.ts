import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '@medallion/core';
import {
  files,
  jsonLines,
  type KeyedTablePlan,
  type PipelinePlan,
  pipeline,
  streamingTable,
} from '@medallion/pipeline';
import type { TableStore } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import { shopPipeline } from '@medallion/testkit';
import { patientStore } from '../../test/patience.ts';
import { withScratch } from '../../test/scratch-store.ts';
import { ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';
import { createGoldReader, type GoldReader } from '../gold-reader.ts';
import { personalRole, readerRole, readerSchema } from './governance.ts';

const databaseUrl = await testDatabase();

/** A table that gains columns from its files. */
const landed = streamingTable('landed')
  .from(
    files('landed', {
      ...{ pattern: '*.json', format: jsonLines(row('Landed', { id: string() })), key: 'id' },
      evolution: 'add_new_columns',
    }),
  )
  .queryable({ partitionBy: 'ingestion_date', retention: days(10) });

const governed = (name: string): PipelinePlan => {
  const plan = shopPipeline(name);
  return {
    ...plan,
    tables: [...plan.tables, ...pipeline(name, { tables: [landed] }).tables].map((table) =>
      table.name === 'customers'
        ? ({
            ...table,
            layer: 'silver',
            governance: { tags: { owner: 'care' }, personal: ['name'] },
          } as KeyedTablePlan)
        : table,
    ),
  };
};

const rows = new Map(
  Object.entries({
    customers: [{ key: [1], row: { customer_id: 1, name: 'Ann', region: 'Asia' } }],
    orders: [
      {
        key: [1],
        row: { order_id: 1, customer_id: 1, product_id: 'p', status: 'completed', amount: 1, ordered_at: 0 },
      },
    ],
  }),
);

/** A query as a role; also a superuser becomes that one by SET ROLE. */
async function as(reader: GoldReader, role: string, sql: string): Promise<readonly object[]> {
  return reader.snapshot(async (query) => {
    await query(`SET LOCAL ROLE "${role}"`);
    return query(sql);
  });
}

async function withGoverned(
  body: (parts: {
    readonly plan: PipelinePlan;
    readonly store: TableStore;
    readonly reader: GoldReader;
    readonly masked: string;
  }) => Promise<void>,
): Promise<void> {
  let plan: PipelinePlan | undefined;
  const roles = (of: PipelinePlan): readonly string[] => [
    ...(['bronze', 'silver', 'gold'] as const).map((layer) => readerRole(of, layer)),
    personalRole(of),
  ];
  try {
    await withScratch(
      databaseUrl,
      async (scratch) => {
        plan = scratch.plan;
        await (await ShopWriter.open(scratch.store)).commit(rows);
        await body({ plan, store: scratch.store, reader: scratch.reader, masked: readerSchema(plan) });
        for (const role of roles(plan)) await scratch.reader.query(`DROP OWNED BY "${role}"`);
      },
      { plan: governed },
    );
  } finally {
    if (plan !== undefined) {
      const reader = createGoldReader({ databaseUrl, schemaName: 'public' });
      for (const role of roles(plan)) await reader.query(`DROP ROLE IF EXISTS "${role}"`);
      await reader.close();
    }
  }
}

test('a role sees personal columns as masked, also where another table took them over', () =>
  withGoverned(async ({ plan, reader, masked }) => {
    const silver = readerRole(plan, 'silver');
    const gold = readerRole(plan, 'gold');
    assert.deepEqual(await as(reader, silver, `SELECT * FROM ${masked}.customers`), [
      { customer_id: 1, name: '***', region: 'Asia' },
    ]);
    assert.deepEqual(await as(reader, gold, `SELECT customer_name, region FROM ${masked}.orders_enriched`), [
      { customer_name: '***', region: 'Asia' },
    ]);
    assert.deepEqual(await as(reader, gold, `SELECT name FROM ${masked}.customer_changes`), [{ name: '***' }]);
  }));

test('a column that a table gained is for its owner alone, until somebody declares it: it may be personal', () =>
  withGoverned(async ({ plan, store, reader, masked }) => {
    await store.addColumns('landed', [{ name: 'found', type: { kind: 'string' }, nullable: true }]);
    const bronze = readerRole(plan, 'bronze');
    assert.deepEqual(await reader.query('SELECT id, found FROM landed'), []);
    assert.deepEqual(await as(reader, bronze, `SELECT id FROM ${masked}.landed`), []);
    await assert.rejects(as(reader, bronze, `SELECT found FROM ${masked}.landed`), /column "found" does not exist/);
    await assert.rejects(as(reader, bronze, 'SELECT id FROM landed'), /permission denied/);
  }));

test('the right to personal data shows them, and nothing else', () =>
  withGoverned(async ({ plan, reader, masked }) => {
    const silver = readerRole(plan, 'silver');
    const personal = personalRole(plan);
    await reader.query(`GRANT "${personal}" TO "${silver}"`);
    assert.deepEqual(await as(reader, silver, `SELECT name FROM ${masked}.customers`), [{ name: 'Ann' }]);
    await assert.rejects(as(reader, personal, `SELECT name FROM ${masked}.customers`), /permission denied/);
    await reader.query(`REVOKE "${personal}" FROM "${silver}"`);
    assert.deepEqual(await as(reader, silver, `SELECT name FROM ${masked}.customers`), [{ name: '***' }]);
  }));

test('a role reads the tables of its layer alone, and not those behind the masks', () =>
  withGoverned(async ({ plan, reader, masked }) => {
    const gold = readerRole(plan, 'gold');
    assert.deepEqual(await as(reader, gold, 'SELECT order_id FROM orders'), [{ order_id: 1 }]);
    for (const hidden of ['orders_enriched', 'lifetime_value__rows', 'dim_customer__keys', `${masked}.customers`])
      await assert.rejects(as(reader, gold, `SELECT * FROM ${hidden}`), /permission denied/, hidden);
    await assert.rejects(as(reader, gold, 'DELETE FROM orders'), /permission denied|read-only/);
    await assert.rejects(as(reader, readerRole(plan, 'bronze'), 'SELECT * FROM orders'), /permission denied/);
  }));

test('catalog and lineage say which columns are personal, and what they are made of', () =>
  withGoverned(async ({ plan, reader }) => {
    const catalog = await reader.query(
      `SELECT table_name, description->'personal' AS personal, description->'tags' AS tags FROM catalog
       WHERE pipeline = $1 AND table_name IN ('customers', 'lifetime_value', 'daily_sales') ORDER BY 1`,
      [plan.name],
    );
    assert.deepEqual(catalog, [
      { table_name: 'customers', personal: ['name'], tags: { owner: 'care' } },
      { table_name: 'daily_sales', personal: [], tags: {} },
      { table_name: 'lifetime_value', personal: ['customer_name'], tags: {} },
    ]);
    const lineage = await reader.query(
      `SELECT source || '.' || source_column AS "from" FROM column_lineage
       WHERE pipeline = $1 AND target = 'daily_sales' AND target_column = 'avg_order_value' ORDER BY 1`,
      [plan.name],
    );
    assert.deepEqual(lineage, [{ from: 'orders_enriched.amount' }]);
  }));

test('migrating again keeps what readers see, another plan makes it anew', () =>
  withGoverned(async ({ plan, reader, masked }) => {
    const oid = async (): Promise<unknown> =>
      (await reader.query(`SELECT '${masked}.customers'::regclass::oid AS oid`))[0];
    const before = await oid();
    const migrate = async (other: PipelinePlan): Promise<void> => {
      const store = patientStore(databaseUrl);
      await store.migrate(other).finally(() => store.close());
    };
    await migrate(plan);
    assert.deepEqual(await oid(), before);
    const open = plan.tables.map((table) =>
      table.name === 'customers'
        ? ({ ...table, governance: { tags: { a: 'b' }, personal: [] } } as KeyedTablePlan)
        : table,
    );
    await migrate({ ...plan, tables: open });
    assert.deepEqual(await as(reader, readerRole(plan, 'silver'), `SELECT name FROM ${masked}.customers`), [
      { name: 'Ann' },
    ]);
  }));

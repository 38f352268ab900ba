import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import { parseCondition } from '@medallion/expressions';
import type { PipelinePlan, RelationalViewPlan, TablePlan } from '@medallion/pipeline';
import { fieldsOf, nullable, string } from '@medallion/schema';
import { shopPipeline } from '@medallion/testkit';
import { patientStore } from '../../test/patience.ts';
import { withScratch } from '../../test/scratch-store.ts';
import { assertFeedsReplay, assertShopEqualsOracle, ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';

const databaseUrl = await testDatabase();

const customers = [1, 2, 3].map((id) => ({
  key: [id],
  row: { customer_id: id, name: `c${id}`, region: id === 1 ? 'Asia' : 'Europe' },
}));
const orders = [1, 2, 3, 4].map((id) => ({
  key: [id],
  row: { order_id: id, customer_id: id, product_id: 'p', status: 'completed', amount: id, ordered_at: 0 },
}));
const some = new Map(Object.entries({ customers, orders }));

const withTable = (plan: PipelinePlan, name: string, change: (table: TablePlan) => TablePlan): PipelinePlan => ({
  ...plan,
  tables: plan.tables.map((table) => (table.name === name ? change(table) : table)),
});
const withView = (plan: PipelinePlan, name: string, parts: Partial<RelationalViewPlan>): PipelinePlan =>
  withTable(plan, name, (table) => ({ ...(table as RelationalViewPlan), ...parts }));

async function migrate(plan: PipelinePlan): Promise<void> {
  const store = patientStore(databaseUrl);
  await store.migrate(plan).finally(() => store.close());
}

const scratch = (body: Parameters<typeof withScratch>[1], plan = shopPipeline): Promise<void> =>
  withScratch(databaseUrl, body, { plan });

test('M6 a view that is new is computed from what its inputs have, and so is its feed', () =>
  scratch(
    async ({ plan, store, reader }) => {
      await (await ShopWriter.open(store)).commit(some);
      await migrate(shopPipeline(plan.name));
      await assertShopEqualsOracle(reader);
      await assertFeedsReplay(reader);
    },
    (name) => ({
      ...shopPipeline(name),
      tables: shopPipeline(name).tables.filter(({ kind }) => kind === 'keyed_table'),
    }),
  ));

test('M6 a view that is defined otherwise is computed anew, with those that read it', () =>
  scratch(async ({ plan, store, reader }) => {
    await (await ShopWriter.open(store)).commit(some);
    const schema = plan.tables.find((table) => table.name === 'orders_enriched')!.schema;
    await migrate(withView(plan, 'orders_enriched', { where: parseCondition('amount >= 3', schema) }));
    const total = (): Promise<readonly object[]> =>
      reader.query('SELECT sum(total_sales) AS total FROM sales_by_region');
    assert.deepEqual(await total(), [{ total: 7 }]);
    await assertFeedsReplay(reader);
    await migrate(plan);
    assert.deepEqual(await total(), [{ total: 10 }]);
    await assertShopEqualsOracle(reader);
    await assertFeedsReplay(reader);
  }));

test('M6 a view with other columns is made anew, and keeps the integers of its keys', () =>
  scratch(async ({ plan, store, reader }) => {
    const writer = await ShopWriter.open(store);
    for (const customer of customers.toReversed()) await writer.commit(new Map([['customers', [customer]]]));
    const keys = (): Promise<readonly object[]> =>
      reader.query('SELECT customer_key, customer_id FROM dim_customer ORDER BY 1');
    const before = await keys();
    const dim = plan.tables.find((table) => table.name === 'dim_customer')!;
    const fields = dim.schema.fields.filter((field) => field.name !== 'region');
    await migrate(withView(plan, 'dim_customer', { schema: { ...dim.schema, fields } }));
    assert.deepEqual(await keys(), before);
    assert.deepEqual(Object.keys((await reader.query('SELECT * FROM dim_customer'))[0]!), [
      'customer_key',
      'customer_id',
      'name',
    ]);
  }));

test('M6 a keyed table takes new columns, and refuses another type, version or key', () =>
  scratch(async ({ plan, store, reader }) => {
    await (await ShopWriter.open(store)).commit(some);
    const table = plan.tables.find((each) => each.name === 'customers')!;
    const changed = (fields: typeof table.schema.fields, parts: object = {}): PipelinePlan =>
      withTable(plan, 'customers', (each) => ({ ...each, schema: { ...each.schema, fields }, ...parts }) as TablePlan);
    const more = fieldsOf({ email: nullable(string()) });
    await migrate(changed([...table.schema.fields, ...more]));
    assert.deepEqual((await reader.query('SELECT email FROM customers'))[0], { email: null });
    const isChanged = (error: unknown): boolean =>
      error instanceof MedallionError &&
      error.code === 'MED_TABLE_CHANGED' &&
      /medallion refresh \S+ customers --full/.test(error.message);
    const other = table.schema.fields.map((field) =>
      field.name === 'name' ? { ...field, type: { kind: 'long' } as const } : field,
    );
    await assert.rejects(migrate(changed(other)), isChanged);
    await assert.rejects(migrate(changed(table.schema.fields, { version: 2 })), isChanged);
    const rekeyed = changed(table.schema.fields, { keys: ['customer_id', 'name'] });
    const alone = { ...rekeyed, tables: rekeyed.tables.filter(({ kind }) => kind === 'keyed_table') };
    await assert.rejects(migrate(alone), isChanged);
  }));

test('M6 a keyed table whose changelog was read without it is refused', () =>
  scratch(async ({ plan, store }) => {
    const changelog = `${plan.name}.customers.changelog`;
    const [lease] = await store.acquire([{ topic: changelog, partition: 0 }], 'test');
    const { epoch, state } = lease!;
    const step = { topic: changelog, partition: 0, epoch, from: 0, next: 5, state };
    await (await ShopWriter.open(store)).commit(new Map(), [step]);
    await migrate({ ...plan, tables: plan.tables.filter(({ name }) => name === 'orders') });
    await assert.rejects(
      migrate(plan),
      (error) => error instanceof MedallionError && error.code === 'MED_TABLE_BEHIND',
    );
  }));

test('M6 rows that somebody changed by hand are right again after a refresh', () =>
  scratch(async ({ store, reader }) => {
    await (await ShopWriter.open(store)).commit(some);
    await reader.query('DELETE FROM orders_enriched WHERE order_id = 2');
    await reader.query(`UPDATE orders_enriched SET region = 'Mars' WHERE order_id = 3`);
    await store.refresh('orders_enriched');
    await assertShopEqualsOracle(reader);
  }));

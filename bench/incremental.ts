import { silentLog } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { createGoldReader, createTableStore, type GoldReader } from '@medallion/postgres';
import { emptyCommit, type KeyedChange, type TableStore } from '@medallion/runtime';
import { shopPipeline } from '@medallion/testkit';
import { quantile, table } from './support/statistics.ts';

/** What keeping views up to date costs, against computing them again; milliseconds. */
export type IncrementalResult = {
  readonly orders: number;
  /** All orders from empty tables, in commits of 5,000. */
  readonly loadMs: number;
  /** A commit with one changed order, median; with a hundred; with one customer who moves to another region. */
  readonly oneOrderMs: number;
  readonly hundredOrdersMs: number;
  readonly oneCustomerMs: number;
  /** All five views by their plain queries into new tables, as a nightly job would. */
  readonly fullMs: number;
  /** Rows that were changed one by one in the time of one full computation. */
  readonly changesPerFull: number;
};

const VIEWS: Readonly<Record<string, string>> = {
  orders_enriched: `SELECT o.*, c.name AS customer_name, c.region, a.city, (o.ordered_at AT TIME ZONE 'UTC')::date AS order_date
    FROM orders o LEFT JOIN customers c USING (customer_id)
    LEFT JOIN addresses a ON a.customer_id = o.customer_id AND a."__END_AT" IS NULL`,
  daily_sales: `SELECT (o.ordered_at AT TIME ZONE 'UTC')::date AS order_date, c.region, count(*) AS orders,
      sum(o.amount) AS total, count(DISTINCT o.customer_id) AS customers, sum(o.amount)::double precision / count(*) AS mean
    FROM orders o LEFT JOIN customers c USING (customer_id) WHERE o.status = 'completed' GROUP BY 1, 2`,
  sales_by_region: `SELECT c.region, count(DISTINCT (o.ordered_at AT TIME ZONE 'UTC')::date) AS days, sum(o.amount) AS total
    FROM orders o LEFT JOIN customers c USING (customer_id) WHERE o.status = 'completed' GROUP BY 1`,
  lifetime_value: `SELECT o.customer_id, c.name, count(*) AS orders, count(*) FILTER (WHERE o.status = 'completed') AS sold,
      sum(o.amount) FILTER (WHERE o.status = 'completed') AS total, min(o.ordered_at) AS first, max(o.ordered_at) AS last
    FROM orders o JOIN customers c USING (customer_id) GROUP BY 1, 2`,
  top_products: `SELECT product_id, count(*) FILTER (WHERE status = 'completed') AS sold, min(amount) AS least,
      max(amount) AS most, avg(amount) AS mean
    FROM orders GROUP BY 1`,
};

const DAY_MS = 86_400_000;
const DAYS = 365;
const REGIONS = ['Africa', 'Asia', 'Europe', 'Oceania'];
const BATCH = 5_000;
/** Orders of a customer. */
const LOYALTY = 20;

const planOf = (name: string): PipelinePlan => {
  const plan = shopPipeline(name);
  const kept = new Set(['customers', 'addresses', 'orders', ...Object.keys(VIEWS)]);
  return { ...plan, tables: plan.tables.filter((table) => kept.has(table.name)) };
};

const order = (id: number, customers: number, amount = (id % 9_973) / 100): KeyedChange => ({
  key: [id],
  row: {
    order_id: id,
    customer_id: (id * 7_919) % customers,
    product_id: `product ${id % 500}`,
    status: id % 10 < 7 ? 'completed' : 'pending',
    amount,
    ordered_at: 1_767_225_600_000 + (id % DAYS) * DAY_MS,
  },
});

const customer = (id: number, region = REGIONS[id % REGIONS.length]!): KeyedChange => ({
  key: [id],
  row: { customer_id: id, name: `customer ${id}`, region },
});

/** Measures one size; needs a database, of which it uses a schema of its own. */
export async function incremental(databaseUrl: string, orders: number): Promise<IncrementalResult> {
  const plan = planOf(`bench-incremental-${orders}`);
  const reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  const timeouts = { statementMs: 600_000, lockMs: 600_000 };
  const store = createTableStore({ databaseUrl, log: silentLog, timeouts, poolSize: 1 });
  try {
    await remove(reader, plan);
    await store.migrate(plan);
    return await measured(store, reader, orders);
  } finally {
    await remove(reader, plan);
    await store.close();
    await reader.close();
  }
}

async function measured(store: TableStore, reader: GoldReader, orders: number): Promise<IncrementalResult> {
  const customers = Math.max(1, Math.floor(orders / LOYALTY));
  const commit = async (name: string, changes: readonly KeyedChange[]): Promise<number> => {
    const started = performance.now();
    await store.commit({ ...emptyCommit, changes: new Map([[name, changes]]) });
    return performance.now() - started;
  };
  const started = performance.now();
  for (let from = 0; from < customers; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, customers - from) }, (_, i) => from + i);
    await commit(
      'customers',
      ids.map((id) => customer(id)),
    );
  }
  for (let from = 0; from < orders; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, orders - from) }, (_, i) => from + i);
    await commit(
      'orders',
      ids.map((id) => order(id, customers)),
    );
  }
  const loadMs = performance.now() - started;
  for (const name of ['customers', 'orders', ...Object.keys(VIEWS)]) await reader.query(`ANALYZE ${name}`);

  const one: number[] = [];
  const hundred: number[] = [];
  const moved: number[] = [];
  for (let i = 0; i < 60; i++) one.push(await commit('orders', [order((i * 104_729) % orders, customers, i + 0.25)]));
  for (let i = 0; i < 10; i++) {
    const ids = Array.from({ length: 100 }, (_, n) => (i * 15_485_863 + n * 104_729) % orders);
    hundred.push(
      await commit(
        'orders',
        ids.map((id) => order(id, customers, i + 0.75)),
      ),
    );
  }
  for (let i = 0; i < 30; i++)
    moved.push(await commit('customers', [customer((i * 13) % customers, `region ${i % 3}`)]));
  const fullMs = median(await fullRuns(reader));
  const oneOrderMs = median(one);
  return {
    orders,
    loadMs: round(loadMs),
    oneOrderMs: round(oneOrderMs),
    hundredOrdersMs: round(median(hundred)),
    oneCustomerMs: round(median(moved)),
    fullMs: round(fullMs),
    changesPerFull: round(fullMs / oneOrderMs),
  };
}

async function fullRuns(reader: GoldReader): Promise<readonly number[]> {
  const runs: number[] = [];
  for (let run = 0; run < 3; run++) {
    const started = performance.now();
    for (const [view, sql] of Object.entries(VIEWS))
      await reader.query(`CREATE TABLE ${view}__again AS SELECT * FROM (${sql}) q`);
    runs.push(performance.now() - started);
    for (const view of Object.keys(VIEWS)) await reader.query(`DROP TABLE ${view}__again`);
  }
  return runs;
}

async function remove(reader: GoldReader, { name, schemaName }: PipelinePlan): Promise<void> {
  await reader.query(`DROP SCHEMA IF EXISTS "${schemaName}" CASCADE`);
  for (const control of ['catalog', 'lineage', 'column_lineage', 'flows', 'rules', 'table_versions', 'event_log'])
    if ((await reader.query(`SELECT to_regclass('medallion.${control}') AS found`))[0]?.found !== null)
      await reader.query(`DELETE FROM medallion.${control} WHERE pipeline = $1`, [name]);
}

const median = (values: readonly number[]): number => quantile(values, 0.5);
const round = (value: number): number => Number(value.toPrecision(3));

/** The results as plain text. */
export const incrementalTable = (results: readonly IncrementalResult[]): string =>
  table([
    [
      'orders',
      'load ms',
      'one order ms',
      '100 orders ms',
      'one customer ms',
      'all views again ms',
      'changes in that time',
    ],
    ...results.map((r) => [
      ...[r.orders, r.loadMs, r.oneOrderMs, r.hundredOrdersMs, r.oneCustomerMs, r.fullMs, r.changesPerFull],
    ]),
  ]);

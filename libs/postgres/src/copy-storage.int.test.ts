import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, epochDay, type Instant, instant } from '@medallion/core';
import { json, type PipelinePlan, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { emptyCommit } from '@medallion/runtime';
import { long, row, string } from '@medallion/schema';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';
import type { GoldReader } from './gold-reader.ts';

const databaseUrl = await testDatabase();
const today = epochDay(Date.now() as Instant);

const raw = streamingTable('raw').from(
  topic('copy.source', { format: json(row('Raw', { id: string(), customer: long() })), key: 'id' }),
);
const whole = raw.queryable();
const byDay = raw.queryable({ partitionBy: 'ingestion_date', retention: days(10) });
const stored = {
  clusterBy: ['customer', 'id'],
  fillfactor: 70,
  autovacuum: { vacuum_scale_factor: 0.02 },
} as const;
const planWith =
  (table: typeof raw) =>
  (name: string): PipelinePlan =>
    pipeline(name, { tables: [table] });

const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: String(i), customer: (i * 7919) % 500, ingestion_date: today }));

async function optionsOf(reader: GoldReader): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = await reader.query<{ name: string; options: readonly string[] | null }>(
    `SELECT c.relname AS name, c.reloptions AS options FROM pg_class c WHERE c.relkind = 'r'
       AND (c.oid = 'raw'::regclass OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'raw'::regclass))
     ORDER BY 1`,
  );
  return Object.fromEntries(found.map(({ name, options }) => [name, options?.toSorted() ?? []]));
}

const clustered = async (reader: GoldReader): Promise<readonly string[]> =>
  (
    await reader.query<{ columns: string }>(
      `SELECT indrelid::regclass || ': ' || string_agg(a.attname, ', ' ORDER BY k.at) AS columns FROM pg_index i
       CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, at)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       WHERE i.indisclustered AND i.indrelid IN (SELECT relid FROM pg_partition_tree('raw')) GROUP BY indrelid ORDER BY 1`,
    )
  ).map(({ columns }) => columns);

const planOf = async (reader: GoldReader, sql: string): Promise<string> =>
  (await reader.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`)).map((line) => line['QUERY PLAN']).join('\n');

test('a copy without partitions is one table, whose clustering is the index that a query for it uses', () =>
  withScratch(
    databaseUrl,
    async ({ store, reader }) => {
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: rows(3_000) }] });
      await store.maintain(instant((today + 1_000) * days(1)));
      const [kept] = await reader.query('SELECT count(*) AS rows FROM raw');
      assert.equal(kept?.rows, 3_000);
      await reader.query('CLUSTER raw');
      await reader.query('ANALYZE raw');
      const plan = await planOf(reader, 'SELECT * FROM raw WHERE customer = 42 ORDER BY id');
      assert.match(plan, /^Index Scan using raw__customer_id_cluster/);
      assert.deepEqual(await optionsOf(reader), { raw: ['autovacuum_vacuum_scale_factor=0.02', 'fillfactor=70'] });
    },
    { plan: planWith(whole.storage(stored)) },
  ));

test('each partition of a copy is stored as declared, also one that is made later', () =>
  withScratch(
    databaseUrl,
    async ({ store, reader }) => {
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: rows(3_000) }] });
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: [{ ingestion_date: today - 4 }] }] });
      const options = await optionsOf(reader);
      assert.equal(Object.keys(options).length, 6);
      for (const each of Object.values(options))
        assert.deepEqual(each, ['autovacuum_vacuum_scale_factor=0.02', 'fillfactor=70']);
      assert.equal((await clustered(reader)).length, 6);
      await reader.query('ANALYZE raw');
      const plan = await planOf(
        reader,
        `SELECT * FROM raw WHERE customer = 42 AND ingestion_date = '1970-01-01'::date + ${today} ORDER BY id`,
      );
      assert.match(plan, /Index Scan on raw__\d+_customer_id_idx/);
    },
    { plan: planWith(byDay.storage(stored)) },
  ));

test('how a copy is stored follows the declaration, while its rows stay', () =>
  withScratch(
    databaseUrl,
    async ({ plan, store, reader }) => {
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: rows(3) }] });
      assert.deepEqual(Object.values(await optionsOf(reader)).flat(), []);
      assert.deepEqual(await clustered(reader), []);
      await store.migrate(planWith(byDay.storage(stored))(plan.name));
      assert.equal((await clustered(reader)).filter((each) => each.endsWith(': customer, id')).length, 5);
      await store.migrate(planWith(byDay.storage({ clusterBy: ['id'], fillfactor: 90 }))(plan.name));
      assert.deepEqual([...new Set(Object.values(await optionsOf(reader)).flat())], ['fillfactor=90']);
      assert.equal((await clustered(reader)).filter((each) => each.endsWith(': id')).length, 5);
      await store.migrate(plan);
      assert.deepEqual(Object.values(await optionsOf(reader)).flat(), []);
      const indexes = await reader.query(
        `SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexdef !~ 'brin'`,
      );
      assert.equal(indexes.length, 0);
      const [kept] = await reader.query('SELECT count(*) AS rows FROM raw');
      assert.equal(kept?.rows, 3);
      await assert.rejects(
        store.migrate(planWith(whole)(plan.name)),
        /MED_TABLE_CHANGED.*its copy is partitioned by "ingestion_date" and would be not partitioned/,
      );
    },
    { plan: planWith(byDay) },
  ));

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { days, silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { runInProcess } from '@medallion/host';
import { files, jsonLines, nonEmpty, pipeline, streamingTable } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import pg from 'pg';

/** Columns that nobody declared, through the real registry and into Postgres: what a user finds of them, and where. */

const { kafkaBrokers, schemaRegistryUrl, databaseUrl } = await testStack();

const name = `columns-${process.pid}-${Date.now()}`;
const schemaName = name.replaceAll('-', '_');
const bronze = streamingTable('bronze_orders')
  .from(
    files('orders', {
      ...{ pattern: '*.json', format: jsonLines(row('RawOrder', { order_id: string() })), key: 'order_id' },
      ...{ evolution: 'add_new_columns', partitions: 1 },
    }),
  )
  .queryable({ partitionBy: 'ingestion_date', retention: days(30) });
const silver = streamingTable('silver_orders').from(bronze).expectOrDrop('has_id', 'order_id', nonEmpty);
const plan = pipeline(name, { tables: [bronze, silver] });

const landing = mkdtempSync(join(tmpdir(), 'medallion-columns-'));
mkdirSync(join(landing, 'orders'));
const client = new pg.Client(databaseUrl);
await client.connect();
after(async () => {
  await client.query(`DROP SCHEMA IF EXISTS ${schemaName} CASCADE`);
  await client.end();
  rmSync(landing, { recursive: true, force: true });
});

async function ingest(file: string, rows: readonly object[], signal: AbortSignal): Promise<void> {
  writeFileSync(join(landing, 'orders', file), rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
  await runInProcess({
    plan,
    env: {
      ...{ KAFKA_BROKERS: kafkaBrokers.join(','), SCHEMA_REGISTRY_URL: schemaRegistryUrl, DATABASE_URL: databaseUrl },
      ...{ LANDING_URL: landing, FILES_SETTLE_MS: '50' },
    },
    once: true,
    logger: silentLog,
    report: () => {},
    signal,
  });
}

const rowsOf = async (sql: string): Promise<readonly Record<string, unknown>[]> =>
  (await client.query<Record<string, unknown>>(sql)).rows;

async function registered(): Promise<readonly string[]> {
  const subject = `${schemaRegistryUrl}/subjects/${name}.bronze_orders-value`;
  const versions = (await (await fetch(`${subject}/versions`)).json()) as readonly number[];
  return Promise.all(
    versions.map(async (version) => {
      const { schema } = (await (await fetch(`${subject}/versions/${version}`)).json()) as { schema: string };
      const { fields } = JSON.parse(schema) as { fields: readonly { name: string }[] };
      return fields
        .slice(6)
        .map((field) => field.name)
        .join();
    }),
  );
}

test('S16 columns that files bring are in the registry, in the copy, in the catalog and the lineage, and tables behind read on', {
  timeout: 1_200_000,
}, async ({ signal }) => {
  await ingest('a.json', [{ order_id: 'a' }, { order_id: 'b', discount: 0.5, vip: true }], signal);
  await ingest(
    'b.json',
    [
      { order_id: 'c', discount: 'much', shipped_at: '2026-01-01T00:00:00Z' },
      { order_id: 'd', discount: 2 },
    ],
    signal,
  );
  assert.deepEqual(await registered(), ['', 'discount,vip', 'discount,vip,shipped_at']);
  assert.deepEqual(
    await rowsOf(
      `SELECT order_id, discount, vip, shipped_at::text, _rescued_data FROM ${schemaName}.bronze_orders ORDER BY 1`,
    ),
    [
      { order_id: 'a', discount: null, vip: null, shipped_at: null, _rescued_data: null },
      { order_id: 'b', discount: 0.5, vip: true, shipped_at: null, _rescued_data: null },
      {
        ...{ order_id: 'c', discount: null, vip: null, shipped_at: '2026-01-01 00:00:00+00' },
        _rescued_data: '{"discount":"much"}',
      },
      { order_id: 'd', discount: 2, vip: null, shipped_at: null, _rescued_data: null },
    ],
  );
  const columns = await rowsOf(
    `SELECT position, column_name, type, added_at IS NOT NULL AS added FROM medallion.columns
     WHERE pipeline = '${name}' AND table_name = 'bronze_orders' ORDER BY position`,
  );
  assert.deepEqual(
    columns.map((each) => `${each.position} ${each.column_name} ${each.type}${each.added ? ' (added)' : ''}`),
    [
      ...['1 order_id string', '2 _rescued_data string', '3 ingestion_timestamp timestamp', '4 ingestion_date date'],
      ...['5 source_file string', '6 source_row long'],
      ...['7 discount double (added)', '8 vip boolean (added)', '9 shipped_at timestamp (added)'],
    ],
  );
  assert.deepEqual(
    await rowsOf(
      `SELECT source, source_column FROM medallion.column_lineage
       WHERE pipeline = '${name}' AND target = 'bronze_orders' AND target_column = 'discount'`,
    ),
    [{ source: 'orders/*.json', source_column: 'discount' }],
  );
  const accepted = await rowsOf(
    `SELECT sum(records)::int AS n FROM medallion.table_counts
     WHERE pipeline = '${name}' AND table_name = 'silver_orders' AND outcome = 'accepted'`,
  );
  assert.deepEqual(accepted, [{ n: 4 }]);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createDashboardReader, createGoldReader, createTableStore } from '@medallion/postgres';
import type { Lineage, Preview } from '../contract/index.ts';
import { openTestApp, PATIENT_STATEMENT_MS, type TestApp } from '../http/test-app.ts';
import { soonerThan } from '../http/test-timer.ts';
import { testPlans } from '../quality/test/visits.ts';
import { createCatalogFeature } from './feature.ts';

/** The catalogue of a pipeline whose tables are there, without Kafka and registry. */

const close: (() => Promise<unknown>)[] = [];
// Before the stack, which may be this process's own, ends.
after(async () => {
  for (const each of close.toReversed()) await each();
});

const { databaseUrl } = await testStack();
const plan = testPlans(`catalog-${process.pid}`).strict;
const base = `/api/operator/${plan.name}`;
const NOBODY = '127.0.0.1:9';
const writer = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
const reader = createDashboardReader({ databaseUrl, statementMs: PATIENT_STATEMENT_MS });
let alone: TestApp;
let away: TestApp;

before(async () => {
  const store = createTableStore({ databaseUrl, log: silentLog });
  await store.migrate(plan);
  await store.close();
  close.push(
    () => reader.close(),
    async () => {
      for (const table of ['catalog', 'rules', 'lineage', 'column_lineage', 'flows', 'event_log'])
        await writer.query(`DELETE FROM medallion.${table} WHERE pipeline = $1`, [plan.name]);
      for (const schema of [plan.schemaName, `${plan.schemaName}_masked`])
        await writer.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await writer.close();
    },
  );
  const open = (brokers: readonly string[] | undefined, registryUrl: string | undefined) =>
    openTestApp({
      reader,
      features: (parts) => [
        createCatalogFeature(parts, {
          brokers,
          registry: registryUrl === undefined ? undefined : { url: registryUrl },
          planOf: async () => plan,
        }),
      ],
    });
  alone = await open(undefined, undefined);
  away = await open([NOBODY], `http://${NOBODY}`);
  close.push(
    () => alone.close(),
    () => away.close(),
  );
});

test('without Kafka and registry, what needs them says which settings are missing', async () => {
  for (const [url, settings] of [
    [`${base}/schemas`, /SCHEMA_REGISTRY_URL/],
    [`${base}/tables/bronze_visits/preview`, /KAFKA_BROKERS/],
  ] as const) {
    const { status, body } = await alone.get<{ code: string; remedy: string }>(url);
    assert.deepEqual([status, body.code], [503, 'MED_NOT_CONFIGURED']);
    assert.match(body.remedy, settings);
  }
});

test('a broker or registry that is away is said within 3 seconds', async () => {
  // Which tables there are is known from now on for a while: what is timed is the wait for who is away, not Postgres.
  assert.equal((await away.get(`${base}/tables/gold_cities/preview`)).status, 200);
  const [preview, schemas] = await Promise.all(
    ['tables/bronze_visits/preview', 'schemas'].map((what) =>
      soonerThan(3_000, () => away.get<{ code: string }>(`${base}/${what}`)),
    ),
  );
  assert.deepEqual([preview?.status, preview?.body.code], [503, 'MED_LOG_UNAVAILABLE']);
  assert.deepEqual([schemas?.status, schemas?.body.code], [503, 'MED_REGISTRY_UNAVAILABLE']);
});

test('lineage of all tables, and of one column to both ends; a table without rows has an empty preview', async () => {
  const all = (await alone.get<Lineage>(`${base}/lineage`)).body;
  assert.ok(all.tables.some(({ source, target }) => source === 'silver_visits' && target === 'gold_cities'));
  const city = (await alone.get<Lineage>(`${base}/lineage?table=silver_visits&column=city`)).body;
  assert.deepEqual(
    city.columns.map(({ source, target }) => `${source} → ${target}`),
    [`${plan.name}.visits → bronze_visits`, 'silver_visits → gold_cities', 'bronze_visits → silver_visits'].toSorted(
      (a, b) => (a.split(' → ')[1]! < b.split(' → ')[1]! ? -1 : 1),
    ),
  );
  const gold = (await alone.get<Preview>(`${base}/tables/gold_cities/preview`)).body;
  assert.deepEqual([gold.from, gold.rows], ['postgres', []]);
  assert.ok(gold.columns.some(({ name }) => name === 'window_start'));
});

test('names that nobody knows are not found, and none becomes SQL', async () => {
  for (const name of ['none', '__proto__', "x'; DROP TABLE medallion.catalog; --", '"']) {
    const part = encodeURIComponent(name);
    for (const url of [
      `/api/operator/${part}/lineage`,
      `/api/operator/${part}/schemas`,
      `${base}/tables/${part}/preview`,
      `${base}/lineage?table=${part}`,
      `${base}/lineage?table=silver_visits&column=${part}`,
    ])
      assert.equal((await alone.get(url)).status, 404, url);
  }
  for (const url of [`${base}/lineage?column=city`, `${base}/lineage?table=%00`, `${base}/tables/x/preview?limit=0`])
    assert.equal((await alone.get(url)).status, 400, url);
});

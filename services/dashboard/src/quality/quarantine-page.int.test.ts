import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createDashboardReader, createGoldReader, createTableStore, type DashboardReader } from '@medallion/postgres';
import fc from 'fast-check';
import type { QuarantinedRow, QuarantinePage } from '../contract/index.ts';
import { type Answer, openTestApp, PATIENT_STATEMENT_MS, type TestApp } from '../http/test-app.ts';
import { createQualityFeature } from './feature.ts';
import { planOf } from './plan-of.ts';
import { testPlans } from './test/visits.ts';

/** A quarantine of 10,000 rows, many of them from one commit. */

// Before the stack, which may be this process's own, ends.
after(async () => {
  await shop?.close();
  await reader?.close();
  await writer.query(`DROP SCHEMA IF EXISTS "${plan.schemaName}" CASCADE`);
  for (const table of ['quarantine', 'catalog', 'rules', 'lineage', 'column_lineage', 'flows', 'event_log'])
    await writer.query(`DELETE FROM medallion.${table} WHERE pipeline = $1`, [plan.name]);
  await writer.close();
});

const { databaseUrl } = await testStack();
const ROWS = 10_000;
const plan = testPlans(`pages-${process.pid}`).strict;
const writer = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
const TABLES = ['silver_visits', 'bronze_visits', 'gone_table'];
let reader: DashboardReader;
let shop: TestApp;

before(async () => {
  const store = createTableStore({ databaseUrl, log: silentLog });
  await store.migrate(plan);
  await store.close();
  await writer.query(
    `INSERT INTO medallion.quarantine (pipeline, table_name, outcome, reason, violations, topic, partition, "offset",
       recorded_at, value, headers, "row", flow, "index", ingested_at)
     SELECT $1, ($2::text[])[1 + n % 3], CASE n % 5 WHEN 0 THEN 'dropped' ELSE 'violation' END, 'broke it',
       CASE WHEN n % 7 = 0 THEN '[{"expectation":"rare","action":"quarantine","rule":"r"}]'::jsonb
            ELSE '[{"expectation":"common","action":"quarantine","rule":"c"}]'::jsonb END,
       't' || n % 2, n % 4, n / 8, now(), 'v', '{}', '{"n":1}', 'f' || n % 2, n % 3,
       now() - (n / 400) * interval '1 second'
     FROM generate_series(0, $3::integer - 1) AS n`,
    [plan.name, TABLES, ROWS],
  );
  reader = createDashboardReader({ databaseUrl, statementMs: PATIENT_STATEMENT_MS });
  const audit = async () => {};
  const redrives = { databaseUrl: undefined, brokers: undefined, registry: undefined, planOf, audit };
  shop = await openTestApp({
    reader,
    features: (parts) => [createQualityFeature(parts, { redrives })],
  });
});
const url = (query: Readonly<Record<string, string | number>>): string =>
  `/api/operator/${plan.name}/quarantine?${new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  )}`;
const keyOf = ({ place }: QuarantinedRow): string => JSON.stringify(place);

test('whatever is asked for and however wide the page, every row comes once, newest first', async () => {
  const filters = fc.record(
    { table: fc.constantFrom(...TABLES), rule: fc.constantFrom('rare', 'common'), outcome: fc.constantFrom('dropped') },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(filters, fc.integer({ min: 100, max: 200 }), async (filter, limit) => {
      const seen: QuarantinedRow[] = [];
      let total = 0;
      for (let cursor: string | null = null; ; ) {
        const { status, body }: Answer<QuarantinePage> = await shop.get(
          url({ ...filter, limit, ...(cursor === null ? {} : { cursor }) }),
        );
        assert.equal(status, 200);
        assert.ok(body.rows.length > 0, 'no page is empty');
        seen.push(...body.rows);
        total = body.total;
        cursor = body.nextCursor;
        if (cursor === null) break;
        assert.equal(body.rows.length, limit);
      }
      const [{ n }] = (await writer.query<{ n: number }>(
        `SELECT count(*)::integer AS n FROM medallion.quarantine WHERE pipeline = $1 AND ($2::text IS NULL OR table_name = $2)
           AND ($3::text IS NULL OR outcome = $3) AND ($4::text IS NULL OR violations -> 0 ->> 'expectation' = $4)`,
        [plan.name, filter.table ?? null, filter.outcome ?? null, filter.rule ?? null],
      )) as [{ n: number }];
      assert.deepEqual([seen.length, new Set(seen.map(keyOf)).size, total], [n, n, n]);
      const times = seen.map(({ ingestedAt }) => ingestedAt);
      assert.deepEqual(times, times.toSorted().toReversed());
      if (filter.table !== undefined) assert.ok(seen.every(({ place }) => place.table === filter.table));
    }),
    // Pages that come out even too.
    { numRuns: 4, examples: [[{}, 200]] },
  );
});

test('rows that come while somebody reads move nobody', async () => {
  const first = (await shop.get<QuarantinePage>(url({ limit: 100 }))).body;
  await writer.query(
    `INSERT INTO medallion.quarantine (pipeline, table_name, outcome, reason, violations, topic, partition, "offset", recorded_at, headers)
     VALUES ($1, 'silver_visits', 'violation', '', '[]', 'new', 0, 1, now(), '{}')`,
    [plan.name],
  );
  const second = (await shop.get<QuarantinePage>(url({ limit: 100, cursor: first.nextCursor! }))).body;
  const both = new Set([...first.rows, ...second.rows].map(keyOf));
  assert.equal(both.size, 200);
  assert.ok(![...both].some((key) => key.includes('"new"')));
  await writer.query(`DELETE FROM medallion.quarantine WHERE pipeline = $1 AND topic = 'new'`, [plan.name]);
});

test('what is no request is refused, and what names nothing finds nothing', async () => {
  const base = `/api/operator/${plan.name}`;
  const refused = [
    `${base}/quarantine?limit=0`,
    `${base}/quarantine?limit=201`,
    `${base}/quarantine?limit=1;DROP`,
    `${base}/quarantine?table=a%00b`,
    `${base}/quarantine?table=a&table=b`,
    `${base}/quarantine?cursor=nonsense`,
    `${base}/quarantine?rule=${'x'.repeat(201)}`,
    `${base}/events?cursor=W10`,
    `${base}/redrives?cursor=e30`,
    `${base}/expectations/silver_visits/valid_city/history?minutes=0`,
  ];
  for (const each of refused) assert.equal((await shop.get(each)).status, 400, each);
  const nowhere = [
    '/api/operator/none/quarantine',
    '/api/operator/__proto__/events',
    `/api/operator/${encodeURIComponent("x'; DROP TABLE medallion.quarantine; --")}/redrives`,
    `${base}/expectations/silver_visits/none/history`,
    `${base}/expectations/__proto__/constructor/history`,
  ];
  for (const each of nowhere) {
    const { status, body } = await shop.get<{ code: string }>(each);
    assert.deepEqual([status, body.code], [404, 'MED_NOT_FOUND'], each);
  }
  for (const name of ["' OR true --", '%', '__proto__', '"; SELECT 1', '\\']) {
    const { status, body } = await shop.get<QuarantinePage>(url({ table: name, rule: name, outcome: name }));
    assert.deepEqual([status, body.rows, body.total], [200, [], 0], name);
  }
});

test('a redrive needs what this dashboard was not given, and says so', async () => {
  const { status, body } = await shop.post<{ code: string; remedy: string }>(`/api/operator/${plan.name}/redrives`, {
    ...{ table: 'silver_visits', dryRun: true },
  });
  assert.deepEqual([status, body.code], [503, 'MED_NOT_CONFIGURED']);
  assert.match(body.remedy, /OPERATOR_DATABASE_URL and KAFKA_BROKERS/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, isMedallionError } from '@medallion/core';
import {
  files,
  jsonLines,
  type KeyedTablePlan,
  type PipelinePlan,
  pipeline,
  streamingTable,
} from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { contractPipeline, shopPipeline, until } from '@medallion/testkit';
import { PATIENT, patientDashboard, patientStore } from '../../test/patience.ts';
import { withScratch } from '../../test/scratch-store.ts';
import { ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';
import type { DashboardReader } from '../dashboard-reader.ts';
import { createGoldReader, type GoldReader } from '../gold-reader.ts';
import { createRedriveStore } from '../redrives.ts';
import { createResetStore } from '../refresh/reset-store.ts';
import { maskedSchema, personalRole, readerRole } from './governance.ts';
import { DASHBOARD_ROLE, OPERATOR_ROLE } from './service-roles.ts';

const databaseUrl = await testDatabase();

const shop = (name: string, personal: readonly string[]): PipelinePlan => {
  const plan = shopPipeline(name);
  const tables = plan.tables.map((table) =>
    table.name === 'customers'
      ? ({ ...table, governance: { tags: { owner: 'care' }, personal } } as KeyedTablePlan)
      : table,
  );
  return { ...plan, tables };
};
const governed = (name: string): PipelinePlan => shop(name, ['name']);

const landed = streamingTable('landed')
  .from(
    files('landed', {
      ...{ pattern: '*.json', format: jsonLines(row('Landed', { id: string() })), key: 'id' },
      evolution: 'add_new_columns',
    }),
  )
  .queryable({ partitionBy: 'ingestion_date', retention: days(10) });

const rows = new Map(
  Object.entries({ customers: [{ key: [1], row: { customer_id: 1, name: 'Ann', region: 'Asia' } }] }),
);

/** Runs the body with a reader; the roles that a governed pipeline made are removed. */
async function withDashboard(
  makePlan: (name: string) => PipelinePlan,
  body: (parts: {
    readonly plan: PipelinePlan;
    readonly dashboard: DashboardReader;
    readonly owner: GoldReader;
  }) => Promise<void>,
): Promise<void> {
  const dashboard = patientDashboard(databaseUrl);
  let plan: PipelinePlan | undefined;
  try {
    await withScratch(
      databaseUrl,
      async (scratch) => {
        plan = scratch.plan;
        if (plan.tables.some(({ name }) => name === 'customers'))
          await (await ShopWriter.open(scratch.store)).commit(rows);
        await body({ plan, dashboard, owner: scratch.reader });
      },
      { plan: makePlan },
    );
  } finally {
    await dashboard.close();
    if (plan !== undefined) await dropRoles(plan);
  }
}

async function dropRoles(plan: PipelinePlan): Promise<void> {
  const owner = createGoldReader({ databaseUrl, schemaName: 'public' });
  const roles = [
    ...(['bronze', 'silver', 'gold'] as const).map((layer) => readerRole(plan, layer)),
    personalRole(plan),
  ];
  for (const role of roles) await owner.query(`DROP ROLE IF EXISTS "${role}"`).catch(() => {});
  await owner.close();
}

const isRefused = (error: unknown): boolean =>
  isMedallionError(error) && /permission denied|must be owner|read-only transaction/.test(error.message);

test('the dashboard reads the control tables and every table without personal columns', () =>
  withDashboard(contractPipeline, async ({ plan, dashboard }) => {
    const { control } = (
      await dashboard.query<{ control: readonly string[] }>(
        `SELECT array_agg(relname::text) AS control FROM pg_class
         WHERE relnamespace = 'medallion'::regnamespace AND relkind IN ('r', 'v')`,
      )
    )[0]!;
    assert.ok(control.includes('lease') && control.includes('conservation'));
    for (const table of control) await dashboard.query(`SELECT * FROM medallion."${table}" LIMIT 1`);
    for (const table of ['overall', 'by_group', 'sliding', 'visits'])
      await dashboard.query(`SELECT * FROM "${plan.schemaName}"."${table}"`);
  }));

test('the dashboard reads tables with personal columns through their masks alone', () =>
  withDashboard(governed, async ({ plan, dashboard }) => {
    const masked = `"${maskedSchema(plan.schemaName)}"`;
    assert.deepEqual(await dashboard.query(`SELECT name, region FROM ${masked}.customers`), [
      { name: '***', region: 'Asia' },
    ]);
    for (const table of ['orders', 'daily_sales']) await dashboard.query(`SELECT * FROM "${plan.schemaName}".${table}`);
    for (const table of ['customers', 'orders_enriched', 'lifetime_value', 'customer_changes', 'dim_customer__keys'])
      await assert.rejects(dashboard.query(`SELECT * FROM "${plan.schemaName}"."${table}"`), isRefused, table);
    await assert.rejects(dashboard.query(`SELECT name FROM "${plan.schemaName}".customers`), isRefused);
  }));

/** A statement as a role, in a transaction that would write. */
const as = (owner: GoldReader, role: string, sql: string): Promise<unknown> =>
  owner.snapshot(async (query) => {
    await query('SET TRANSACTION READ WRITE');
    await query(`SET LOCAL ROLE ${role}`);
    return query(sql);
  });

test('the dashboard can write nothing: its sessions only read, and its role has no right to', () =>
  withDashboard(contractPipeline, async ({ plan, dashboard, owner }) => {
    for (const write of [
      'DELETE FROM medallion.lease',
      `UPDATE medallion.quarantine SET reason = ''`,
      `INSERT INTO medallion.event_log (pipeline, kind, subject) VALUES ('a', 'b', 'c')`,
      `TRUNCATE "${plan.schemaName}".overall__state`,
      `CREATE TABLE "${plan.schemaName}".made (a integer)`,
      'CREATE TABLE public.made (a integer)',
      'DROP SCHEMA medallion CASCADE',
      `SELECT medallion.move_final('${plan.name}', 'events', 't', 1)`,
    ]) {
      await assert.rejects(dashboard.query(write), /read-only transaction/, write);
      await assert.rejects(as(owner, DASHBOARD_ROLE, write), /permission denied|must be owner/, write);
    }
  }));

test('of a table that gains columns from its files the declared ones are shown', () =>
  withDashboard(
    (name) => pipeline(name, { tables: [landed] }),
    async ({ plan, dashboard, owner }) => {
      const store = patientStore(databaseUrl);
      await store.migrate(plan);
      await store.addColumns('landed', [{ name: 'found', type: { kind: 'string' }, nullable: true }]);
      await store.close();
      assert.deepEqual(await owner.query('SELECT id, found FROM landed'), []);
      assert.deepEqual(await dashboard.query(`SELECT id FROM "${plan.schemaName}".landed`), []);
      await assert.rejects(dashboard.query(`SELECT found FROM "${plan.schemaName}".landed`), isRefused);
    },
  ));

test('what is made anew is shown again: a dropped view, the masks, a table that is reset', () =>
  withDashboard(governed, async ({ plan, dashboard, owner }) => {
    const migrate = async (other: PipelinePlan): Promise<void> => {
      const store = patientStore(databaseUrl);
      await store.migrate(other).finally(() => store.close());
    };
    const shown = async (): Promise<void> => {
      await dashboard.query(`SELECT * FROM "${maskedSchema(plan.schemaName)}".customers`);
      await dashboard.query(`SELECT * FROM "${plan.schemaName}".daily_sales`);
      await assert.rejects(dashboard.query(`SELECT * FROM "${plan.schemaName}".customers`), isRefused);
    };
    await owner.query(`DROP SCHEMA "${maskedSchema(plan.schemaName)}" CASCADE`);
    await owner.query('DROP TABLE daily_sales');
    await migrate(plan);
    await shown();
    const resets = createResetStore({ databaseUrl, plan });
    await resets.reset({ tables: ['customers'], topics: [] });
    await resets.close();
    await shown();
    // A column that becomes personal closes the table that was open.
    await migrate(shop(plan.name, []));
    await dashboard.query(`SELECT * FROM "${plan.schemaName}".customers`);
    await migrate(plan);
    await shown();
  }));

test('the operator decides about redrives, notes it, and can do nothing else', () =>
  withDashboard(contractPipeline, async ({ plan, owner }) => {
    const redrives = createRedriveStore({ databaseUrl, role: OPERATOR_ROLE, pipeline: plan.name });
    try {
      assert.deepEqual(await redrives.chosen(10), []);
      const place = { table: 'events', topic: 't', partition: 0, offset: 1, flow: 'events', index: 0 };
      assert.equal(await redrives.claim([{ place, element: null }], 'me'), 1);
      await redrives.exclusively(async () => redrives.sent([1]));
    } finally {
      await redrives.close();
    }
    for (const refused of [
      'SELECT * FROM medallion.lease',
      `SELECT * FROM "${plan.schemaName}".overall`,
      'DELETE FROM medallion.redrives',
      'DELETE FROM medallion.quarantine',
      'DELETE FROM medallion.event_log',
    ])
      await assert.rejects(as(owner, OPERATOR_ROLE, refused), /permission denied/, refused);
  }));

test('the dashboard says when Postgres, its role or its tables are not there or a read takes too long, and reads on', async () => {
  const isUnavailable = (error: unknown): boolean => isMedallionError(error) && error.code === 'MED_STORE_UNAVAILABLE';
  const none = patientDashboard(databaseUrl, { role: 'medallion_nobody' });
  await assert.rejects(none.query('SELECT 1'), isUnavailable);
  await assert.rejects(
    none.snapshot((query) => query('SELECT 1')),
    isUnavailable,
  );
  await none.close();
  const readsOn = async (dashboard: DashboardReader): Promise<boolean> =>
    (await dashboard.query<{ one: number }>('SELECT 1 AS one').catch(() => []))[0]?.one === 1;
  // A busy machine may need that time for anything.
  const hurried = patientDashboard(databaseUrl, { statementMs: 200 });
  await assert.rejects(hurried.query('SELECT pg_sleep(60)'), { code: 'MED_READ_TOO_LONG' });
  await until('it reads on after what took too long', () => readsOn(hurried));
  await hurried.close();
  const dashboard = patientDashboard(databaseUrl);
  await assert.rejects(dashboard.query('SELECT * FROM medallion.none'), isUnavailable);
  const owner = createGoldReader({ databaseUrl, schemaName: 'public' });
  const { pid } = (await dashboard.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]!;
  await owner.query('SELECT pg_terminate_backend($1, $2)', [pid, PATIENT.lockMs]);
  await until('it reads on after its connection ended', () => readsOn(dashboard));
  await owner.close();
  await dashboard.close();
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { epochDay, type Instant, isMedallionError, isoDate, silentLog } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import {
  createDashboardReader,
  createOperatorWriter,
  createRedriveStore,
  createTableStore,
  OPERATOR_ROLE,
} from '@medallion/postgres';
import { emptyCommit } from '@medallion/runtime';
import santa from '@medallion/santa-deliveries';
import { eventsOf } from '../dashboard/support/santa-night.ts';
import { drained, GoldNight } from '../support/gold-night.ts';
import { type Login, lockedPostgres } from '../support/locked-postgres.ts';

/** Each login of deploy/postgres/roles.sql does its work on a real Postgres, and is refused beyond it. */

const EVENTS = 400;
const customers = await loadPipeline('lakeflow-customers');
const postgres = await lockedPostgres([santa.schemaName, customers.schemaName]);

const migrate = async (login: Login, plan: typeof santa, mode: 'auto' | 'verify'): Promise<readonly string[]> => {
  const hints: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void hints.push(message) };
  const store = createTableStore({ databaseUrl: postgres.urlOf(login), log, migrate: mode });
  await store.migrate(plan).finally(() => store.close());
  return hints;
};

const refused = async (login: Login, sql: string): Promise<void> =>
  assert.rejects(
    postgres.as(login, sql),
    /permission denied|must be owner|read-only transaction/,
    `${login} is refused: ${sql}`,
  );

const isNotMigrated = (pattern: RegExp) => (error: unknown) =>
  isMedallionError(error) && error.code === 'MED_NOT_MIGRATED' && error.retryable && pattern.test(error.message);

test('roles.sql may be repeated, also by psql, and has no password in it', async (t) => {
  await postgres.runRoles([santa.schemaName, customers.schemaName]);
  await assert.rejects(postgres.runRoles(['x"; DROP ROLE migrator']), /no name of a schema/);
  const script = fileURLToPath(new URL('../../deploy/postgres/roles.sql', import.meta.url));
  const variables = ['-v', 'db=medallion', '-v', `pipelines=${santa.schemaName},${customers.schemaName}`];
  const { error, status, stderr } = spawnSync('psql', [postgres.adminUrl, ...variables, '-f', script], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (error !== undefined) return t.diagnostic('not run: there is no psql on this machine');
  assert.equal(status, 0, stderr);
});

test('before a migration a service that makes nothing says what is missing', async () => {
  await assert.rejects(
    migrate('gold_writer', santa, 'verify'),
    isNotMigrated(/no schema medallion.*medallion migrate santa-deliveries/s),
  );
});

test('the migrator makes all of it as the owner, without a hint that is left to do', async () => {
  assert.deepEqual(await migrate('migrator', santa, 'auto'), []);
  assert.deepEqual(await migrate('migrator', customers, 'auto'), []);
  const owners = await postgres.admin(
    `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class
     WHERE relnamespace::regnamespace::text ~ '^(medallion|santa_|lakeflow_)'`,
  );
  assert.deepEqual(owners, [{ owner: 'medallion_owner' }]);
  await refused('migrator', 'CREATE ROLE another');
  await refused('migrator', 'CREATE TABLE public.another (a integer)');
});

test('the gold writer commits a whole night without a right to make anything', async () => {
  const night = new GoldNight(2);
  const { records } = eventsOf({ seed: 7, events: EVENTS, partitions: 2, ratePerSecond: 1, quality: 'realistic' });
  await night.send(records);
  night.startFlows();
  const stop = night.startGold(postgres.urlOf('gold_writer'), 'verify');
  try {
    await drained((sql) => postgres.admin(sql), EVENTS);
  } finally {
    await stop();
    await night.engine.stop();
  }
  const [rows] = await postgres.admin<{ rows: string }>(
    'SELECT count(*) AS rows FROM santa_deliveries.gold_delivery_by_region',
  );
  assert.ok(Number(rows!.rows) > 0);
  // What needs surrogate keys, feeds and relational views is allowed too.
  await migrate('gold_writer', customers, 'verify');
});

const DAY = (offset: number): string => {
  const today = epochDay(Date.now() as Instant);
  return isoDate((today + offset) as typeof today);
};

test('the gold writer makes the days that rows need, by a function, and no others; and drops none that are kept', async () => {
  const copy = santa.tables.find((table) => table.kind === 'streaming_table' && table.queryable?.partitionBy !== null)!;
  const call = async (what: 'make_day' | 'drop_day', day: string, today = DAY(0)): Promise<boolean> => {
    const [row] = await postgres.as<{ done: boolean }>(
      'gold_writer',
      `SELECT medallion.${what}('santa_deliveries', '${copy.name}', '${day}', '${today}') AS done`,
    );
    return row!.done;
  };
  assert.equal(await call('make_day', DAY(-3)), true);
  assert.equal(await call('make_day', DAY(300), DAY(300)), false, 'its own idea of today counts for nothing');
  assert.equal(await call('drop_day', DAY(-3), '2099-01-01'), false);
  await assert.rejects(call('make_day', `${DAY(0)}'::date, 'x') --`), /syntax|does not exist|unterminated/);
  for (const schema of ['medallion', 'santa_deliveries'])
    await assert.rejects(
      postgres.as('gold_writer', `SELECT medallion.make_day('${schema}', 'lease', current_date, current_date)`),
      /is no copy/,
    );
  const parts = await postgres.admin<{ owner: string; options: readonly string[] | null }>(
    `SELECT relowner::regrole::text AS owner FROM pg_class WHERE relname = '${copy.name}__${DAY(-3).replaceAll('-', '')}'`,
  );
  assert.deepEqual(parts, [{ owner: 'medallion_owner' }]);
});

test('the gold writer is refused beyond its work', async () => {
  await postgres.admin('CREATE SCHEMA other AUTHORIZATION medallion_owner; CREATE TABLE other.rows (a integer)');
  for (const sql of [
    'CREATE SCHEMA mine',
    'CREATE TABLE santa_deliveries.mine (a integer)',
    'CREATE TABLE public.mine (a integer)',
    'CREATE TEMP TABLE mine (a integer)',
    'CREATE ROLE mine',
    'ALTER TABLE santa_deliveries.bronze_santa_deliveries ADD COLUMN mine text',
    'DROP TABLE santa_deliveries.bronze_santa_deliveries',
    'TRUNCATE medallion.lease',
    'DELETE FROM santa_deliveries.bronze_santa_deliveries',
    'DELETE FROM medallion.event_log',
    'UPDATE medallion.event_log SET kind = kind',
    'DELETE FROM medallion.quarantine',
    `UPDATE medallion.quarantine SET reason = ''`,
    'DELETE FROM medallion.late_records',
    'DELETE FROM medallion.lease',
    'UPDATE medallion.day_copies SET retention_days = 0',
    `UPDATE medallion.migrated SET plan_hash = ''`,
    'UPDATE medallion.catalog SET version = 9',
    'SELECT * FROM other.rows',
    'SET ROLE medallion_owner',
    'SET ROLE medallion_dashboard',
  ])
    await refused('gold_writer', sql);
});

test('a writer of one pipeline has no right to the tables of another', async () => {
  await postgres.admin(`REVOKE "${customers.schemaName}_writer" FROM gold_writer`);
  const table = customers.tables.find((each) => each.kind === 'keyed_table')!;
  await refused('gold_writer', `SELECT * FROM "${customers.schemaName}"."${table.name}"`);
  await assert.rejects(migrate('gold_writer', customers, 'verify'), isNotMigrated(/gold_writer lacks USAGE on schema/));
  await postgres.admin(`GRANT "${customers.schemaName}_writer" TO gold_writer`);
});

test('verify names what a migration would do: another declaration, a table that is gone, a right that is', async () => {
  const name = 'gold_delivery_by_region';
  const other = {
    ...santa,
    tables: santa.tables.map((table) => (table.name === name ? { ...table, version: 99 } : table)),
  };
  await assert.rejects(
    migrate('gold_writer', other, 'verify'),
    isNotMigrated(new RegExp(`table ${name} is declared otherwise`)),
  );
  await postgres.admin(`REVOKE INSERT ON medallion.lease FROM medallion_writer`);
  await assert.rejects(
    migrate('gold_writer', santa, 'verify'),
    isNotMigrated(/lacks INSERT on table medallion\.lease/),
  );
  await migrate('migrator', santa, 'auto');
  await migrate('gold_writer', santa, 'verify');
  await postgres.admin('DROP VIEW santa_deliveries.gold_delivery_by_region');
  await assert.rejects(migrate('gold_writer', santa, 'verify'), isNotMigrated(/gold_delivery_by_region" is gone/));
  await postgres.admin(`DELETE FROM medallion.catalog WHERE table_name = '${name}'`);
  await assert.rejects(
    migrate('gold_writer', santa, 'verify'),
    isNotMigrated(/table gold_delivery_by_region is missing/),
  );
});

test('columns that files bring stop a service that makes nothing, with the remedy', async () => {
  const store = createTableStore({ databaseUrl: postgres.urlOf('gold_writer'), log: silentLog, migrate: 'verify' });
  try {
    await store.migrate(customers);
    const column = { name: 'brought', type: { kind: 'string' }, nullable: true } as const;
    const table = customers.tables.find((each) => each.kind === 'streaming_table')!;
    await assert.rejects(store.addColumns(table.name, [column]), isNotMigrated(/gained brought from its files/));
    assert.equal((await store.commit(emptyCommit)).kind, 'committed');
  } finally {
    await store.close();
  }
});

test('the dashboard reads what it shows, personal columns masked, and can write nothing', async () => {
  const reader = createDashboardReader({ databaseUrl: postgres.urlOf('dash_ro'), statementMs: 60_000 });
  try {
    await reader.query('SELECT * FROM santa_deliveries.gold_top_cities LIMIT 1');
    await reader.query('SELECT * FROM medallion.conservation LIMIT 1');
    const masked = customers.tables.find(
      (table) => 'governance' in table && table.governance.personal.length > 0 && table.kind === 'keyed_table',
    )!;
    await reader.query(`SELECT * FROM "${customers.schemaName}_masked"."${masked.name}" LIMIT 1`);
    await refused('dash_ro', `SELECT * FROM "${customers.schemaName}"."${masked.name}"`);
  } finally {
    await reader.close();
  }
  for (const sql of [
    'SET default_transaction_read_only = off; DELETE FROM medallion.lease',
    'SET default_transaction_read_only = off; CREATE TABLE santa_deliveries.mine (a integer)',
    `SET default_transaction_read_only = off; INSERT INTO medallion.event_log (pipeline, kind, subject) VALUES ('a', 'b', 'c')`,
    `SELECT medallion.make_day('santa_deliveries', 'bronze_santa_deliveries', current_date, current_date)`,
    'CREATE TEMP TABLE mine (a integer)',
    'SET ROLE medallion_operator',
    'SET ROLE medallion_writer',
  ])
    await refused('dash_ro', sql);
});

test('the redriver has records processed again and notes it, and nothing else', async () => {
  const databaseUrl = postgres.urlOf('redriver');
  const redrives = createRedriveStore({ databaseUrl, role: OPERATOR_ROLE, pipeline: santa.name });
  const writer = createOperatorWriter({ databaseUrl });
  try {
    const chosen = await redrives.chosen(1);
    assert.equal(chosen.length, 1, 'the night had records that were refused');
    await writer.query(
      `INSERT INTO medallion.event_log (pipeline, kind, subject) VALUES ('santa-deliveries', 'noted', 'by a test')`,
    );
  } finally {
    await redrives.close();
    await writer.close();
  }
  for (const sql of [
    'SELECT * FROM medallion.lease',
    'SELECT * FROM santa_deliveries.silver_santa_deliveries',
    'DELETE FROM medallion.quarantine',
    'DELETE FROM medallion.event_log',
    'UPDATE medallion.lease SET next_offset = 0',
    'CREATE TABLE santa_deliveries.mine (a integer)',
    'SET ROLE medallion_owner',
  ])
    await refused('redriver', sql);
});

test('sessions are bounded, look for names in pg_catalog alone, and strangers are not let in', async () => {
  const settings = await postgres.as<{ name: string; setting: string }>(
    'dash_ro',
    `SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'search_path', 'default_transaction_read_only') ORDER BY 1`,
  );
  assert.deepEqual(
    settings.map(({ setting }) => setting),
    ['on', '15000', 'pg_catalog, pg_temp', '15000'],
  );
  const [limits] = await postgres.admin<{ limits: readonly number[] }>(
    `SELECT array_agg(rolconnlimit ORDER BY rolname) AS limits FROM pg_roles WHERE rolname IN ('dash_ro', 'gold_writer', 'migrator', 'redriver')`,
  );
  assert.deepEqual(limits!.limits, [30, 60, 5, 5]);
  await postgres.admin(`CREATE ROLE stranger LOGIN PASSWORD 'secret of migrator'`);
  const url = Object.assign(new URL(postgres.urlOf('migrator')), { username: 'stranger' }).href;
  const reader = createDashboardReader({ databaseUrl: url, statementMs: 60_000 });
  await assert.rejects(reader.query('SELECT 1'), /permission denied/);
  await reader.close();
});

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isMedallionError, type LogFields, silentLog } from '@medallion/core';
import { startStack } from '@medallion/devstack';
import { contractPipeline } from '@medallion/testkit';
import { PATIENT, patientDashboard } from '../../test/patience.ts';
import { createGoldReader } from '../gold-reader.ts';
import { createTableStore } from '../table-store.ts';

// A server of its own, as roles are the whole server's; the other parts are not needed.
const stack = await startStack({
  mode: 'ephemeral',
  external: { kafkaBrokers: ['127.0.0.1:1'], schemaRegistryUrl: 'http://127.0.0.1:1' },
});
after(() => stack.stop());

const admin = createGoldReader({ databaseUrl: stack.databaseUrl, schemaName: 'public' });
after(() => admin.close());

/** The address of a database of its own, for a login that owns it and has these rights. */
async function login(name: string, rights: string): Promise<string> {
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret' ${rights}`);
  await admin.query(`CREATE DATABASE ${name} OWNER ${name}`);
  const url = new URL(stack.databaseUrl);
  Object.assign(url, { username: name, password: 'secret', pathname: `/${name}` });
  return url.href;
}

async function migrated(databaseUrl: string): Promise<readonly string[]> {
  const hints: string[] = [];
  const log = { ...silentLog, warn: (_: LogFields, message: string) => void hints.push(message) };
  const store = createTableStore({ databaseUrl, log, timeouts: PATIENT });
  await store.migrate(contractPipeline('plain-login')).finally(() => store.close());
  return hints;
}

async function seen(databaseUrl: string): Promise<number> {
  const dashboard = patientDashboard(databaseUrl);
  try {
    const [row] = await dashboard.query<{ tables: number }>('SELECT count(*) AS tables FROM medallion.catalog');
    return row!.tables;
  } finally {
    await dashboard.close();
  }
}

const isUnavailable = (error: unknown): boolean => isMedallionError(error) && error.code === 'MED_STORE_UNAVAILABLE';

test('a login that may create no roles says what an administrator has to do, and works; then the dashboard does too', async () => {
  const databaseUrl = await login('plain', '');
  const [hint = ''] = await migrated(databaseUrl);
  assert.match(
    hint,
    /as an administrator run CREATE ROLE "medallion_dashboard" NOLOGIN; CREATE ROLE "medallion_operator" NOLOGIN;/,
  );
  await assert.rejects(seen(databaseUrl), isUnavailable);
  for (const role of ['medallion_dashboard', 'medallion_operator']) await admin.query(`CREATE ROLE ${role} NOLOGIN`);
  assert.deepEqual(await migrated(databaseUrl), []);
  await assert.rejects(seen(databaseUrl), isUnavailable);
  await admin.query('GRANT medallion_dashboard TO plain');
  assert.ok((await seen(databaseUrl)) > 3);
  await admin.query('DROP DATABASE plain');
  for (const role of ['medallion_dashboard', 'medallion_operator']) await admin.query(`DROP ROLE ${role}`);
});

test('a login that may create roles serves the gold service and the dashboard beside it', async () => {
  const databaseUrl = await login('maker', 'CREATEROLE');
  assert.deepEqual(await migrated(databaseUrl), []);
  assert.ok((await seen(databaseUrl)) > 3);
  assert.deepEqual(await migrated(databaseUrl), []);
});

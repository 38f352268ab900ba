import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import {
  createDashboardReader,
  createGoldReader,
  createOperatorWriter,
  createTableStore,
  OPERATOR_ROLE,
  type Query,
} from '@medallion/postgres';
import { contractPipeline } from '@medallion/testkit';
import { PATIENT_STATEMENT_MS } from '../http/test-app.ts';
import { auditTo, EVERY_PIPELINE } from './audit.ts';
import { logIn, OPERATOR_TOKEN, TOKEN_ENV, testApp, testLog } from './test/app.ts';

const databaseUrl = process.env.DATABASE_URL ?? (await testStack()).databaseUrl;
const name = `audit_${process.pid.toString(36)}${Date.now().toString(36)}`;

/** A login that has the role of operators and nothing else, in a database where the gold service has been. */
async function withOperator(body: (operatorUrl: string, admin: Query) => Promise<void>): Promise<void> {
  const admin = createGoldReader({ databaseUrl, schemaName: 'public' });
  const store = createTableStore({ databaseUrl, log: silentLog, applicationName: name });
  const plan = contractPipeline(name.replaceAll('_', '-'));
  try {
    await store.migrate(plan);
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}' NOINHERIT`);
    await admin.query(`GRANT ${OPERATOR_ROLE} TO ${name}`);
    const url = new URL(databaseUrl);
    url.username = name;
    url.password = name;
    await body(url.href, admin.query);
  } finally {
    await store.close();
    await admin.query(`DROP ROLE IF EXISTS ${name}`);
    await admin.query(`DROP SCHEMA IF EXISTS "${plan.schemaName}" CASCADE`);
    for (const table of ['event_log', 'catalog', 'lineage', 'column_lineage', 'flows', 'table_versions', 'rules'])
      await admin.query(`DELETE FROM medallion.${table} WHERE pipeline = $1`, [plan.name]);
    await admin.query(`DELETE FROM medallion.event_log WHERE detail ->> 'test' = $1`, [name]);
    await admin.close();
  }
}

test('what an operator does is in the event log, written as their role, and the dashboard reads it', () =>
  withOperator(async (operatorUrl) => {
    const operator = createOperatorWriter({ databaseUrl: operatorUrl });
    const reader = createDashboardReader({ databaseUrl, statementMs: PATIENT_STATEMENT_MS });
    try {
      const log = testLog();
      const audit = auditTo({ log, query: operator.query });
      const asOperator = async (entry: Parameters<typeof audit>[0]) =>
        audit({ ...entry, detail: { ...entry.detail, test: name } });
      const { app } = await testApp(TOKEN_ENV, { audit: asOperator });
      assert.equal((await logIn(app, OPERATOR_TOKEN)).response.statusCode, 200);
      assert.deepEqual(
        await reader.query(
          `SELECT pipeline, kind, subject, detail FROM medallion.event_log WHERE detail ->> 'test' = $1`,
          [name],
        ),
        [
          {
            pipeline: EVERY_PIPELINE,
            kind: 'operator_action',
            subject: 'dashboard',
            detail: { login: 'token', address: '127.0.0.1', test: name, by: 'operator', action: 'login' },
          },
        ],
      );
      assert.ok(log.lines.some(({ message }) => message === 'an operator acts'));
    } finally {
      await Promise.all([operator.close(), reader.close()]);
    }
  }));

test('operators can add to the event log, and take nothing out of it', () =>
  withOperator(async (operatorUrl) => {
    const { query, close } = createOperatorWriter({ databaseUrl: operatorUrl });
    try {
      for (const sql of [
        'DELETE FROM medallion.event_log',
        `UPDATE medallion.event_log SET kind = 'x'`,
        'TRUNCATE medallion.event_log',
        'DROP TABLE medallion.event_log',
      ])
        await assert.rejects(query(sql), /permission denied|must be owner/, sql);
    } finally {
      await close();
    }
  }));

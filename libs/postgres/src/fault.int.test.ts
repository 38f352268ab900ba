import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError, NEVER, silentLog } from '@medallion/core';
import { emptyCommit, type GoldCommit } from '@medallion/runtime';
import { until } from '@medallion/testkit';
import { PATIENT, patientPool } from '../test/patience.ts';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';
import { createTableStore } from './table-store.ts';

const databaseUrl = await testDatabase();

const unavailable = (error: unknown): boolean =>
  error instanceof MedallionError && error.code === 'MED_STORE_UNAVAILABLE';

const stepOnly = (topic: string, epoch: number, from: number): GoldCommit => ({
  ...emptyCommit,
  leases: [
    { topic, partition: 0, epoch, from, next: from + 1, state: { watermark: NEVER, coordinates: {}, idle: false } },
  ],
});

test('an owner that stalls inside a transaction is ended, and its successor gets the lease', () =>
  withScratch(databaseUrl, async ({ plan, store, reader }) => {
    await store.acquire([{ topic: 't', partition: 0 }], 'stalling');
    const pool = patientPool(databaseUrl, { stalledMs: 400 });
    const stalled = await pool.connect();
    // At once: between two statements it would be ended too.
    await stalled.query(`BEGIN; UPDATE medallion.lease SET next_offset = 99 WHERE pipeline = '${plan.name}'`);
    const started = performance.now();
    // It ends nothing by itself: without its timeout the successor would wait for as long as it may, and fail.
    const [lease] = await store.acquire([{ topic: 't', partition: 0 }], 'successor');
    assert.ok(performance.now() - started < 5_000);
    assert.deepEqual([lease?.epoch, lease?.next], [2, 0]);
    await assert.rejects(stalled.query('COMMIT'));
    stalled.release(true);
    await pool.end();
    const [row] = await reader.query('SELECT next_offset FROM lease WHERE pipeline = $1', [plan.name]);
    assert.equal(row?.next_offset, 0);
  }));

test('a broken connection fails its commit as unavailable, and the next one goes through', () =>
  withScratch(databaseUrl, async ({ plan, store, reader }) => {
    await store.acquire([{ topic: 't', partition: 0 }], 'a');
    const blocker = patientPool(databaseUrl);
    const holder = await blocker.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM medallion.lease WHERE pipeline = $1 FOR UPDATE', [plan.name]);
    const failed = assert.rejects(store.commit(stepOnly('t', 1, 0)), unavailable);
    const ended = async () =>
      reader.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`,
        [plan.name],
      );
    await until('the commit waits, and is ended', async () => (await ended()).length > 0);
    await failed;
    await holder.query('ROLLBACK');
    holder.release();
    await blocker.end();
    const [lease] = await store.acquire([{ topic: 't', partition: 0 }], 'a');
    assert.equal(lease?.next, 0, 'nothing of it was written');
    assert.deepEqual(await store.commit(stepOnly('t', 2, 0)), { kind: 'committed' });
  }));

test('a lock that is held too long fails the commit as unavailable, with nothing written', () =>
  withScratch(databaseUrl, async ({ plan, store }) => {
    await store.acquire([{ topic: 't', partition: 0 }], 'a');
    // It migrates nothing: that takes a lock too, for which other tests may make it wait.
    const hurried = createTableStore({
      ...{ databaseUrl, log: silentLog, migrate: 'verify', timeouts: { ...PATIENT, lockMs: 200 } },
    });
    await hurried.migrate(plan);
    const pool = patientPool(databaseUrl);
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM medallion.lease WHERE pipeline = $1 FOR UPDATE', [plan.name]);
    await assert.rejects(hurried.commit(stepOnly('t', 1, 0)), unavailable);
    await holder.query('ROLLBACK');
    holder.release();
    await pool.end();
    assert.deepEqual(await hurried.commit(stepOnly('t', 1, 0)), { kind: 'committed' });
    await hurried.close();
  }));

test('a database that does not answer is unavailable', async () => {
  const store = createTableStore({
    databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    log: silentLog,
    timeouts: { connectMs: 500 },
  });
  await assert.rejects(
    store.migrate({ name: 'x', schemaName: 'x', mode: 'continuous', development: false, tables: [] }),
    unavailable,
  );
  await store.close();
});

test('a store is not used before it is migrated', async () => {
  const store = createTableStore({ databaseUrl, log: silentLog });
  await assert.rejects(async () => store.acquire([{ topic: 't', partition: 0 }], 'a'), /migrate comes before/);
  await store.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError, NEVER, silentLog } from '@medallion/core';
import { emptyCommit, type GoldCommit } from '@medallion/runtime';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';
import { createPool, defaultTimeouts } from './connection.ts';
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
    const timeouts = { ...defaultTimeouts, stalledMs: 400 };
    const pool = createPool({ databaseUrl, poolSize: 1, applicationName: 'stalling', timeouts, log: silentLog });
    const stalled = await pool.connect();
    await stalled.query('BEGIN');
    await stalled.query('UPDATE medallion.lease SET next_offset = 99 WHERE pipeline = $1', [plan.name]);
    const started = performance.now();
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
    const blocker = createPool({
      databaseUrl,
      poolSize: 1,
      applicationName: 'b',
      timeouts: defaultTimeouts,
      log: silentLog,
    });
    const holder = await blocker.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM medallion.lease WHERE pipeline = $1 FOR UPDATE', [plan.name]);
    const failed = assert.rejects(store.commit(stepOnly('t', 1, 0)), unavailable);
    const ended = async () =>
      reader.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`,
        [plan.name],
      );
    while ((await ended()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await failed;
    await holder.query('ROLLBACK');
    holder.release();
    await blocker.end();
    const [lease] = await store.acquire([{ topic: 't', partition: 0 }], 'a');
    assert.equal(lease?.next, 0, 'nothing of it was written');
    assert.deepEqual(await store.commit(stepOnly('t', 2, 0)), { kind: 'committed' });
  }));

test('a lock that is held too long fails the commit as unavailable, with nothing written', () =>
  withScratch(
    databaseUrl,
    async ({ plan, store }) => {
      await store.acquire([{ topic: 't', partition: 0 }], 'a');
      const pool = createPool({
        databaseUrl,
        poolSize: 1,
        applicationName: 'b',
        timeouts: defaultTimeouts,
        log: silentLog,
      });
      const holder = await pool.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM medallion.lease WHERE pipeline = $1 FOR UPDATE', [plan.name]);
      await assert.rejects(store.commit(stepOnly('t', 1, 0)), unavailable);
      await holder.query('ROLLBACK');
      holder.release();
      await pool.end();
      assert.deepEqual(await store.commit(stepOnly('t', 1, 0)), { kind: 'committed' });
    },
    { timeouts: { lockMs: 200 } },
  ));

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

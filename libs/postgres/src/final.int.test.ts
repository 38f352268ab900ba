import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, NEVER, silentLog } from '@medallion/core';
import { emptyCommit, type GoldCommit } from '@medallion/runtime';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';
import { createPool, defaultTimeouts } from './connection.ts';
import { createTableStore } from './table-store.ts';

const databaseUrl = await testDatabase();

const HOUR = instant(3_600_000);

/** One row of view `plain` in the first minute of the epoch, and a watermark an hour later. */
const commitOf = (topic: string, from: number): GoldCommit => {
  const partials = [
    { kind: 'count', count: 1 },
    { kind: 'sum', sum: 1 },
    { kind: 'avg', sum: 1, count: 1 },
    { kind: 'sum', sum: 0.5 },
    { kind: 'avg', sum: 0.5, count: 1 },
  ] as const;
  const delta = { windowStart: instant(0), windowEnd: instant(60_000), group: ['Europe'], partials };
  const state = { watermark: HOUR, coordinates: {}, idle: false };
  return {
    ...emptyCommit,
    leases: [{ topic, partition: 0, epoch: 1, from, next: from + 1, state }],
    finalThrough: new Map([['events', NEVER]]),
    deltas: new Map([['plain', [delta]]]),
  };
};

test('a window is not closed while a commit that took it for open is under way (I3)', () =>
  withScratch(databaseUrl, async ({ plan, store, reader }) => {
    const topic = `${plan.name}.events`;
    await store.acquire([{ topic, partition: 0 }], 'writer');
    await store.commit(commitOf(topic, 0));
    const closer = createTableStore({ databaseUrl, log: silentLog });
    await closer.migrate(plan);

    // The commit gets past its lease step, then waits for a row that someone else has locked.
    const pool = createPool({
      ...{ databaseUrl, poolSize: 1, applicationName: 'holder', timeouts: defaultTimeouts, log: silentLog },
    });
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT 1 FROM "${plan.schemaName}".plain__state FOR UPDATE`);
    const commit = store.commit(commitOf(topic, 1));
    const waiting = async () =>
      reader.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock' AND query LIKE 'INSERT%'`,
        [plan.name],
      );
    while ((await waiting()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));

    let closed = false;
    const final = closer.advanceFinal('events', topic, 1).finally(() => {
      closed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(closed, false, 'the window was closed under the commit');
    await holder.query('ROLLBACK');
    holder.release();
    assert.deepEqual(await commit, { kind: 'committed' });
    assert.equal(await final, HOUR);
    assert.equal((await store.commit(commitOf(topic, 2))).kind, 'final_moved');
    const rows = await reader.query('SELECT events, is_final FROM plain');
    assert.deepEqual(rows, [{ events: 2, is_final: true }]);
    await pool.end();
    await closer.close();
  }));

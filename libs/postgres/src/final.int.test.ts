import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, minutes, NEVER } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { emptyCommit, type GoldCommit } from '@medallion/runtime';
import { until } from '@medallion/testkit';
import { patientPool, patientStore } from '../test/patience.ts';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';

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
    const closer = patientStore(databaseUrl);
    await closer.migrate(plan);

    // The commit gets past its lease step, then waits for a row that someone else has locked.
    const pool = patientPool(databaseUrl);
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT 1 FROM "${plan.schemaName}".plain__state FOR UPDATE`);
    const commit = store.commit(commitOf(topic, 1));
    const waiting = async () =>
      reader.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock' AND query LIKE 'INSERT%'`,
        [plan.name],
      );
    await until('the commit waits', async () => (await waiting()).length > 0);

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

test('W6 rows of windows that were closed by the clock say so, also when rows close later ones', async () => {
  const closing = (plan: PipelinePlan): PipelinePlan => ({
    ...plan,
    tables: plan.tables.map((table) =>
      table.kind === 'materialized_view' && table.name === 'plain'
        ? { ...table, eventTime: { ...table.eventTime, closeWhenSilentMs: minutes(1) } }
        : table,
    ),
  });
  await withScratch(databaseUrl, async ({ plan, store, reader }) => {
    await store.migrate(closing(plan));
    const topic = `${plan.name}.events`;
    await store.acquire([{ topic, partition: 0 }], 'writer');
    const commit = commitOf(topic, 0);
    const idle = (watermark: number, from: number) => ({
      leases: [
        {
          ...commit.leases[0]!,
          from,
          next: from + 1,
          state: { watermark: instant(watermark), coordinates: {}, idle: true },
        },
      ],
    });
    const [delta] = commit.deltas.get('plain')!;
    const second = { ...delta!, windowStart: instant(60_000), windowEnd: instant(120_000) };
    await store.commit({ ...commit, deltas: new Map([['plain', [delta!, second]]]), ...idle(180_000, 0) });
    // The end of the first window, and its grace period.
    assert.equal(await store.advanceFinal('events', topic, 1), 180_000);
    const closed = () => reader.query('SELECT is_final, closed_by_clock FROM plain ORDER BY window_start');
    assert.deepEqual(await closed(), [
      { is_final: true, closed_by_clock: false },
      { is_final: false, closed_by_clock: false },
    ]);
    for (const through of [200_000, 250_000])
      assert.equal(await store.closeByClock('events', topic, 1, instant(through)), through);
    await store.commit({ ...emptyCommit, ...idle(3_600_000, 1) });
    assert.equal(await store.advanceFinal('events', topic, 1), 3_600_000);
    assert.deepEqual(await closed(), [
      { is_final: true, closed_by_clock: false },
      { is_final: true, closed_by_clock: true },
    ]);
    const stretches = await reader.query('SELECT 1 FROM medallion.clock_closings WHERE pipeline = $1', [plan.name]);
    assert.equal(stretches.length, 1, 'one silence is one stretch');
  });
});

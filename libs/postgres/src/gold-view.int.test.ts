import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, NEVER } from '@medallion/core';
import { emptyCommit } from '@medallion/runtime';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';
import type { GoldReader } from './gold-reader.ts';

const databaseUrl = await testDatabase();

const START = '2026-12-24T18:00Z';

/** A thousand windows of three groups, enough for the planner to prefer an index. */
async function fill(reader: GoldReader): Promise<void> {
  await reader.query(`INSERT INTO by_group__state
    SELECT timestamptz '${START}' + i * interval '1 minute', region, true, 1, 1, 1, i, 0, 0, NULL, NULL, i, 1, 1, 1, 0, 0, 0, NULL, 0, now()
    FROM generate_series(0, 999) AS i, unnest('{a,b,c}'::text[]) AS region`);
  await reader.query('ANALYZE by_group__state');
}

async function planOf(reader: GoldReader, sql: string): Promise<string> {
  const lines = await reader.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${sql}`);
  return lines.map((line) => line['QUERY PLAN']).join('\n');
}

test('a predicate on window_start reaches the index of the state, ranks notwithstanding', () =>
  withScratch(databaseUrl, async ({ reader }) => {
    await fill(reader);
    const columns = 'window_start, region, events, rate, rank_by_size, is_final';
    const plan = await planOf(reader, `SELECT ${columns} FROM by_group WHERE window_start = '${START}'`);
    assert.match(plan, /Index.* Scan/);
    assert.match(plan, /Index Cond: \(.*window_start = /);
  }));

test('a view with cumulative sums is read from its start, whatever is asked for', () =>
  withScratch(databaseUrl, async ({ reader }) => {
    const plan = await planOf(reader, `SELECT region, total_events FROM plain WHERE window_start >= '${START}'`);
    assert.match(plan, /Subquery Scan on plain\n +Filter: /);
  }));

test('the point of finality is read once for a query, not once for a row', () =>
  withScratch(databaseUrl, async ({ reader }) => {
    await fill(reader);
    const lines = await reader.query<{ 'QUERY PLAN': string }>(
      'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT is_final FROM by_group',
    );
    const text = lines.map((line) => line['QUERY PLAN']).join('\n');
    assert.match(text, /InitPlan/);
    assert.doesNotMatch(text, /SubPlan/);
    assert.match(text, /watermarks.* loops=1\)/);
  }));

test('updates of a row touch no index, as they change no key and find room on its page', () =>
  withScratch(databaseUrl, async ({ plan, store, reader }) => {
    const topic = `${plan.name}.events`;
    await store.acquire([{ topic, partition: 0 }], 'test');
    const delta = { windowStart: instant(0), windowEnd: instant(60_000), group: ['Europe'] };
    const partials = [
      { kind: 'count', count: 1 },
      { kind: 'sum', sum: 1 },
      { kind: 'avg', sum: 1, count: 1 },
      { kind: 'sum', sum: 0.5 },
      { kind: 'avg', sum: 0.5, count: 1 },
    ] as const;
    for (let from = 0; from < 50; from++)
      await store.commit({
        ...emptyCommit,
        leases: [
          {
            topic,
            partition: 0,
            epoch: 1,
            from,
            next: from + 1,
            state: { watermark: NEVER, coordinates: {}, idle: false },
          },
        ],
        deltas: new Map([['plain', [{ ...delta, partials }]]]),
      });
    const updates = async () =>
      reader.query(
        `SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relid = 'plain__state'::regclass`,
      );
    await store.close();
    // Counters arrive when the session that made them is gone.
    while ((await updates())[0]?.updates !== 49) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await updates(), [{ updates: 49, hot: 49 }]);
  }));

test('the view and its columns carry their comments', () =>
  withScratch(databaseUrl, async ({ reader }) => {
    const [view] = await reader.query(`SELECT obj_description('by_group'::regclass) AS comment`);
    assert.equal(view?.comment, 'every kind of measure');
    const [column] = await reader.query(
      `SELECT col_description('by_group'::regclass, 1) AS comment, col_description('by_group'::regclass, attnum) AS final
       FROM pg_attribute WHERE attrelid = 'by_group'::regclass AND attname = 'is_final'`,
    );
    assert.match(String(column?.comment), /first instant/);
    assert.match(String(column?.final), /never changes/);
  }));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import {
  type CountDelta,
  type CountedOutcome,
  emptyCommit,
  type GoldCommit,
  type LeaseStep,
  type QuarantinedRow,
} from '@medallion/runtime';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';

const databaseUrl = await testDatabase();

const commitOf = (leases: readonly LeaseStep[], counts: readonly CountDelta[]): GoldCommit => ({
  ...emptyCommit,
  leases,
  counts,
});

const records = (table: string, outcome: 'accepted' | 'late' | 'violation', count: number): CountDelta => ({
  ...{ kind: 'records', table, partition: 0, outcome, records: count },
});

test('conservation balances what a table was given with what became of it', () =>
  withScratch(databaseUrl, async ({ plan, store, reader }) => {
    const at = { topic: `${plan.name}.raw`, partition: 0 };
    const quarantine = { topic: `${plan.name}.raw.quarantine`, partition: 0 };
    await store.acquire([at, quarantine], 'test');
    const step = (p: typeof at, next: number, reached: string): LeaseStep => ({
      ...p,
      ...{ epoch: 1, from: 0, next },
      state: { watermark: instant(0), coordinates: { 'raw:0': reached }, idle: false },
    });
    const counts = [
      ...[records('raw', 'accepted', 7), records('raw', 'violation', 2)],
      ...[records('events', 'accepted', 6), records('overall', 'accepted', 5), records('overall', 'late', 1)],
    ];
    await store.commit(commitOf([step(at, 7, '8:0'), step(quarantine, 2, '9:0')], counts));
    const rows = await reader.query(
      `SELECT table_name, records_in, accepted, violation, late, difference FROM conservation
       WHERE table_name IN ('raw', 'events', 'overall') ORDER BY table_name DESC`,
    );
    assert.deepEqual(rows, [
      { table_name: 'raw', records_in: 10, accepted: 7, violation: 2, late: 0, difference: 1 },
      { table_name: 'overall', records_in: 6, accepted: 5, violation: 0, late: 1, difference: 0 },
      { table_name: 'events', records_in: 7, accepted: 6, violation: 0, late: 0, difference: 1 },
    ]);
  }));

test('L4 conservation of a keyed table balances what its flows say, whatever of it is in Postgres yet', () =>
  withScratch(databaseUrl, async ({ store, reader }) => {
    const total = (flow: string, outcome: CountedOutcome, count: number): CountDelta => ({
      ...{ kind: 'records', table: 'customers', flow, partition: 0, outcome, records: count, total: true },
    });
    const beside: CountDelta = {
      ...{ kind: 'records', table: 'customers', partition: 0, outcome: 'unstorable', records: 1 },
    };
    const counts = [
      ...[total('customers', 'read', 12), total('customers', 'accepted', 4), total('customers', 'deleted', 1)],
      ...[total('customers', 'unchanged', 3), total('customers', 'superseded', 2), total('customers', 'removed', 5)],
      ...[total('customers', 'violation', 1), total('customers', 'filtered', 1)],
      ...[total('customers.redrive', 'read', 1), total('customers.redrive', 'accepted', 1), beside],
    ];
    await store.commit(commitOf([], counts));
    assert.deepEqual(
      await reader.query(
        `SELECT records_in, accepted, deleted, unchanged, superseded, violation, filtered, unstorable, difference
         FROM conservation WHERE table_name = 'customers'`,
      ),
      [
        {
          ...{ records_in: 13, accepted: 5, deleted: 1, unchanged: 3, superseded: 2, violation: 1, filtered: 1 },
          ...{ unstorable: 1, difference: 0 },
        },
      ],
    );
  }));

test('the quality metrics show every declared rule, also one that judged nothing yet', () =>
  withScratch(databaseUrl, async ({ plan, store, reader }) => {
    const metrics = () =>
      reader.query('SELECT * FROM medallion.data_quality_metrics WHERE pipeline = $1', [plan.name]).then((rows) =>
        rows.map(({ table_name, rule, action, records: judged, passed, failed, dropped }) => ({
          ...{ table_name, rule, action, judged, passed, failed, dropped },
        })),
      );
    const rule = { table_name: 'events', rule: 'has_time', action: 'quarantine' };
    assert.deepEqual(await metrics(), [{ ...rule, judged: 0, passed: 0, failed: 0, dropped: 0 }]);
    const count: CountDelta = {
      ...{ kind: 'rule', table: 'events', partition: 0, rule: 'has_time', action: 'quarantine' },
      ...{ judged: 10, failed: 3, dropped: 3 },
    };
    await store.commit(commitOf([], [count, { ...count, partition: 1, judged: 5, failed: 1 }]));
    assert.deepEqual(await metrics(), [{ ...rule, judged: 15, passed: 11, failed: 4, dropped: 6 }]);
  }));

test('catalog and lineage name every table of the pipeline', () =>
  withScratch(databaseUrl, async ({ plan, reader }) => {
    const catalog = await reader.query(
      'SELECT table_name, layer, kind FROM catalog WHERE pipeline = $1 ORDER BY table_name',
      [plan.name],
    );
    assert.deepEqual(
      catalog.map((row) => `${row.layer} ${row.kind} ${row.table_name}`),
      [
        'gold materialized_view by_group',
        'silver streaming_table events',
        'gold materialized_view overall',
        'gold materialized_view plain',
        'bronze streaming_table raw',
        'gold materialized_view sliding',
        'gold materialized_view visits',
      ],
    );
    const lineage = await reader.query('SELECT source, target FROM lineage WHERE pipeline = $1 ORDER BY 1, 2', [
      plan.name,
    ]);
    assert.deepEqual(
      lineage.map(({ source, target }) => `${source} → ${target}`),
      [
        'contract.source → raw',
        'events → by_group',
        'events → overall',
        'events → plain',
        'events → sliding',
        'events → visits',
        'raw → events',
      ],
    );
  }));

test('a trace is stored whatever its text holds: NUL and lone surrogates become U+FFFD', () =>
  withScratch(databaseUrl, async ({ store, reader }) => {
    const row: QuarantinedRow = {
      ...{ table: 'events', outcome: 'violation' as const, reason: 'NUL \0 and \ud800', violations: [] },
      ...{ topic: 't', partition: 0, offset: 1, recordedAt: instant(0), key: null, value: Buffer.of(0) },
      headers: { 'a\0': '\0\udfff' },
      row: '{"a":"\\u0000","b":"\\\\u0000","c":"\\ud83c\\udf85","d":"\\ud83c","__proto__":"\\u0000"}',
    };
    await store.commit({ ...commitOf([], []), quarantined: [row] });
    const [stored] = await reader.query('SELECT reason, headers, "row", value FROM quarantine');
    assert.deepEqual(
      { ...stored, row: JSON.stringify(stored?.row) },
      {
        reason: 'NUL \uFFFD and \uFFFD',
        headers: { 'a\uFFFD': '\uFFFD\uFFFD' },
        row: JSON.stringify(JSON.parse('{"a":"\uFFFD","b":"\\\\u0000","c":"🎅","d":"\uFFFD","__proto__":"\uFFFD"}')),
        value: Buffer.of(0),
      },
    );
  }));

test('the views of a pipeline’s own schema show what is its own', () =>
  withScratch(databaseUrl, (mine) =>
    withScratch(databaseUrl, async (others) => {
      const counts = [records('raw', 'accepted', 1)];
      await others.store.commit(commitOf([], counts));
      await mine.store.commit(commitOf([], counts));
      for (const view of ['conservation', 'columns', 'data_quality_metrics', 'quarantine', 'quarantined']) {
        const counted = 'SELECT table_name, count(*) AS n FROM';
        assert.deepEqual(
          await mine.reader.query(`${counted} ${view} GROUP BY 1 ORDER BY 1`),
          await mine.reader.query(`${counted} medallion.${view} WHERE pipeline = $1 GROUP BY 1 ORDER BY 1`, [
            mine.plan.name,
          ]),
          view,
        );
      }
      assert.ok((await mine.reader.query('SELECT FROM conservation')).length > 0);
      const all = `SELECT FROM medallion.conservation WHERE pipeline IN ('${mine.plan.name}', '${others.plan.name}')`;
      assert.equal(
        (await mine.reader.query(all)).length,
        2 * (await mine.reader.query('SELECT FROM conservation')).length,
      );
    }),
  ));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, epochDay, type Instant } from '@medallion/core';
import { json, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { emptyCommit } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import { withScratch } from '../../test/scratch-store.ts';
import { testDatabase } from '../../test/test-database.ts';
import type { GoldReader } from '../gold-reader.ts';
import { createResetStore } from './reset-store.ts';

const databaseUrl = await testDatabase();

const raw = streamingTable('raw').from(
  topic('reset.source', { format: json(row('Raw', { id: string() })), key: 'id' }),
);
const byDay = raw.queryable({ partitionBy: 'ingestion_date', retention: days(10) });
const whole = raw.queryable();
const planWith = (table: typeof raw) => (name: string) => pipeline(name, { tables: [table] });

const today = epochDay(Date.now() as Instant);
const oneRow = { ...emptyCommit, copies: [{ table: 'raw', rows: [{ id: 'a', ingestion_date: today }] }] };

/** Of ordinary tables 'r', of partitioned ones 'p', with how many rows are in it. */
const stored = async (reader: GoldReader): Promise<readonly unknown[]> => {
  const [kind] = await reader.query<{ kind: string }>(
    `SELECT relkind::text AS kind FROM pg_class WHERE oid = 'raw'::regclass`,
  );
  const [rows] = await reader.query<{ rows: number }>('SELECT count(*) AS rows FROM raw');
  return [kind?.kind, rows?.rows];
};

for (const [from, to, before, after] of [
  [byDay, whole, 'p', 'r'],
  [whole, byDay, 'r', 'p'],
] as const)
  test(`a copy that is partitioned otherwise now is made anew by a reset, which a start refuses to do (${before} to ${after})`, () =>
    withScratch(
      databaseUrl,
      async ({ plan, store, reader }) => {
        await store.commit(oneRow);
        const changed = planWith(to)(plan.name);
        await assert.rejects(store.migrate(changed), /MED_TABLE_CHANGED.*medallion refresh \S+ raw --full/);
        assert.deepEqual(await stored(reader), [before, 1]);
        const reset = createResetStore({ databaseUrl, plan: changed });
        try {
          await reset.reset({ tables: ['raw'], topics: [] });
        } finally {
          await reset.close();
        }
        await store.migrate(changed);
        assert.deepEqual(await stored(reader), [after, 0]);
        await store.commit(oneRow);
        assert.deepEqual(await stored(reader), [after, 1]);
      },
      { plan: planWith(from) },
    ));

test('a copy that is stored as declared is emptied', () =>
  withScratch(
    databaseUrl,
    async ({ plan, store, reader }) => {
      await store.commit(oneRow);
      const reset = createResetStore({ databaseUrl, plan });
      const oid = () => reader.query(`SELECT 'raw'::regclass::oid::int AS oid`);
      const before = await oid();
      try {
        await reset.reset({ tables: ['raw'], topics: [] });
      } finally {
        await reset.close();
      }
      assert.deepEqual([await oid(), await stored(reader)], [before, ['p', 0]]);
    },
    { plan: planWith(byDay) },
  ));

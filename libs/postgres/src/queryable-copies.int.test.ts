import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, epochDay, type Instant, instant, isoDate, silentLog } from '@medallion/core';
import { json, type PipelinePlan, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { emptyCommit, type GoldCommit } from '@medallion/runtime';
import { int, type RowSpec, row, string } from '@medallion/schema';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';
import type { GoldReader } from './gold-reader.ts';
import { createTableStore } from './table-store.ts';

const databaseUrl = await testDatabase();
const today = epochDay(Date.now() as Instant);
const dayText = (offset: number): string => isoDate((today + offset) as typeof today).replaceAll('-', '');

const copying = (...offsets: readonly number[]): GoldCommit => ({
  ...emptyCommit,
  copies: [{ table: 'raw', rows: offsets.map((offset) => ({ id: String(offset), ingestion_date: today + offset })) }],
});

async function partitions(reader: GoldReader): Promise<readonly string[]> {
  const rows = await reader.query<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'raw'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name.replace('raw__', ''));
}

test('partitions are there for yesterday up to the day after tomorrow', () =>
  withScratch(databaseUrl, async ({ reader }) => {
    assert.deepEqual(await partitions(reader), [...[-1, 0, 1, 2].map(dayText), 'default']);
  }));

test('a commit makes the partitions that its rows need, within the retention', () =>
  withScratch(databaseUrl, async ({ store, reader, warnings }) => {
    await store.commit(copying(-3, 0, -3, -300, 300));
    assert.deepEqual(await partitions(reader), [...[-3, -1, 0, 1, 2].map(dayText), 'default']);
    const [inDefault] = await reader.query('SELECT count(*) AS rows FROM raw__default');
    assert.equal(inDefault?.rows, 2);
    assert.deepEqual(warnings, []);
  }));

test('two stores may make the same partition at once', () =>
  withScratch(databaseUrl, async ({ plan, store, reader, warnings }) => {
    const other = createTableStore({ databaseUrl, log: silentLog });
    await other.migrate(plan);
    await Promise.all([store, other].flatMap((s) => [s.commit(copying(-4)), s.commit(copying(-5))]));
    await other.close();
    const [stored] = await reader.query(`SELECT count(*) AS rows FROM raw`);
    assert.equal(stored?.rows, 4);
    assert.deepEqual((await partitions(reader)).slice(0, 2), [-5, -4].map(dayText));
    assert.deepEqual(warnings, []);
  }));

test('a day whose rows are in the default partition already stays there', () =>
  withScratch(databaseUrl, async ({ store, reader, warnings }) => {
    await store.commit(copying(5));
    await store.maintain(instant((today + 4) * days(1)));
    await store.commit(copying(5, 4));
    assert.equal((await partitions(reader)).includes(dayText(5)), false);
    const [stored] = await reader.query('SELECT count(*) AS rows FROM raw');
    assert.equal(stored?.rows, 3);
    assert.equal(warnings.length, 1);
  }));

test('maintenance drops whole days past the retention', () =>
  withScratch(databaseUrl, async ({ store, reader }) => {
    await store.commit(copying(-9, -3, 0, -300));
    await store.maintain(instant((today + 5) * days(1)));
    const left = await partitions(reader);
    assert.deepEqual(left.slice(0, 2), [-3, -1].map(dayText));
    const rows = await reader.query<{ id: string }>('SELECT id FROM raw ORDER BY ingestion_date');
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['-3', '0'],
    );
  }));

const copyOf =
  (declared: (name: string) => RowSpec<{ readonly id: string }>) =>
  (name: string): PipelinePlan => {
    const table = streamingTable('raw').from(topic('contract.source', { format: json(declared(name)), key: 'id' }));
    return pipeline(name, { tables: [table.queryable({ partitionBy: 'ingestion_date', retention: days(10) })] });
  };

test('a new column is added to the copy; a column of another type is refused', async () => {
  const narrow = copyOf(() => row('Raw', { id: string() }));
  const wide = copyOf(() => row('Raw', { id: string(), more: int() }));
  const otherType = copyOf(() => row('Raw', { id: string(), more: string() }));
  await withScratch(
    databaseUrl,
    async ({ plan, store, reader }) => {
      await store.commit(copying(0));
      await store.migrate(wide(plan.name));
      await store.commit({ ...copying(0), copies: [{ table: 'raw', rows: [{ more: 7, ingestion_date: today }] }] });
      const rows = await reader.query('SELECT id, more FROM raw ORDER BY more');
      assert.deepEqual(rows, [
        { id: null, more: 7 },
        { id: '0', more: null },
      ]);
      await assert.rejects(
        store.migrate(otherType(plan.name)),
        /MED_TABLE_CHANGED.*"more" is integer and would be text/,
      );
    },
    { plan: narrow },
  );
});

test('rows are found by their coordinates without a scan of all of them', () =>
  withScratch(databaseUrl, async ({ store, reader }) => {
    const rows = Array.from({ length: 20_000 }, (_, offset) => ({
      ...{ id: 'x'.repeat(50), ingestion_date: today, ingestion_timestamp: today * days(1) + offset },
      ...{ source_partition: 0, source_offset: offset },
    }));
    await store.commit({ ...copying(), copies: [{ table: 'raw', rows }] });
    await reader.query('VACUUM ANALYZE raw');
    const plan = await reader.query<{ 'QUERY PLAN': string }>(
      'EXPLAIN (COSTS OFF) SELECT * FROM raw WHERE source_partition = 0 AND source_offset = 12345',
    );
    assert.match(
      plan.map((line) => line['QUERY PLAN']).join('\n'),
      /Bitmap Index Scan on raw__\d+_ingestion_timestamp/,
    );
  }));

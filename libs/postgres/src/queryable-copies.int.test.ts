import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, epochDay, type Instant, instant, isoDate } from '@medallion/core';
import { json, type PipelinePlan, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { emptyCommit, type GoldCommit } from '@medallion/runtime';
import { int, long, type RowSpec, row, string } from '@medallion/schema';
import { patientStore } from '../test/patience.ts';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';
import type { GoldReader } from './gold-reader.ts';

const databaseUrl = await testDatabase();
const now = Date.now() as Instant;
const today = epochDay(now);
/** Of every store here: at midnight the days of a running test would become others. */
const clock = { now: () => now };
const withCopies = (
  body: Parameters<typeof withScratch>[1],
  options: Omit<NonNullable<Parameters<typeof withScratch>[2]>, 'clock'> = {},
): Promise<void> => withScratch(databaseUrl, body, { ...options, clock });
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
  withCopies(async ({ reader }) => {
    assert.deepEqual(await partitions(reader), [...[-1, 0, 1, 2].map(dayText), 'default']);
  }));

test('a commit makes the partitions that its rows need, within the retention', () =>
  withCopies(async ({ store, reader, warnings }) => {
    await store.commit(copying(-3, 0, -3, -300, 300));
    assert.deepEqual(await partitions(reader), [...[-3, -1, 0, 1, 2].map(dayText), 'default']);
    const [inDefault] = await reader.query('SELECT count(*) AS rows FROM raw__default');
    assert.equal(inDefault?.rows, 2);
    assert.deepEqual(warnings, []);
  }));

test('two stores may make the same partition at once', () =>
  withCopies(async ({ plan, store, reader, warnings }) => {
    const other = patientStore(databaseUrl, clock);
    await other.migrate(plan);
    await Promise.all([store, other].flatMap((s) => [s.commit(copying(-4)), s.commit(copying(-5))]));
    await other.close();
    const [stored] = await reader.query(`SELECT count(*) AS rows FROM raw`);
    assert.equal(stored?.rows, 4);
    assert.deepEqual((await partitions(reader)).slice(0, 2), [-5, -4].map(dayText));
    assert.deepEqual(warnings, []);
  }));

test('a day whose rows are in the default partition already stays there', () =>
  withCopies(async ({ store, reader, warnings }) => {
    await store.commit(copying(5));
    await store.maintain(instant((today + 4) * days(1)));
    await store.commit(copying(5, 4));
    assert.equal((await partitions(reader)).includes(dayText(5)), false);
    const [stored] = await reader.query('SELECT count(*) AS rows FROM raw');
    assert.equal(stored?.rows, 3);
    assert.equal(warnings.length, 1);
  }));

test('maintenance drops whole days past the retention', () =>
  withCopies(async ({ store, reader }) => {
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
  await withCopies(
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
  withCopies(async ({ store, reader }) => {
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

const raw = streamingTable('raw').from(
  topic('copy.source', { format: json(row('Raw', { id: string(), customer: long() })), key: 'id' }),
);
const whole = raw.queryable();
const byDay = raw.queryable({ partitionBy: 'ingestion_date', retention: days(10) });
const stored = {
  clusterBy: ['customer', 'id'],
  fillfactor: 70,
  autovacuum: { vacuum_scale_factor: 0.02 },
} as const;
const planWith =
  (table: typeof raw) =>
  (name: string): PipelinePlan =>
    pipeline(name, { tables: [table] });

const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: String(i), customer: (i * 7919) % 500, ingestion_date: today }));

async function optionsOf(reader: GoldReader): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = await reader.query<{ name: string; options: readonly string[] | null }>(
    `SELECT c.relname AS name, c.reloptions AS options FROM pg_class c WHERE c.relkind = 'r'
       AND (c.oid = 'raw'::regclass OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'raw'::regclass))
     ORDER BY 1`,
  );
  return Object.fromEntries(found.map(({ name, options }) => [name, options?.toSorted() ?? []]));
}

const clustered = async (reader: GoldReader): Promise<readonly string[]> =>
  (
    await reader.query<{ columns: string }>(
      `SELECT indrelid::regclass || ': ' || string_agg(a.attname, ', ' ORDER BY k.at) AS columns FROM pg_index i
       CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, at)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       WHERE i.indisclustered AND i.indrelid IN (SELECT relid FROM pg_partition_tree('raw')) GROUP BY indrelid ORDER BY 1`,
    )
  ).map(({ columns }) => columns);

const planOf = async (reader: GoldReader, sql: string): Promise<string> =>
  (await reader.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`)).map((line) => line['QUERY PLAN']).join('\n');

test('a copy without partitions is one table, whose clustering is the index that a query for it uses', () =>
  withCopies(
    async ({ store, reader }) => {
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: rows(3_000) }] });
      await store.maintain(instant((today + 1_000) * days(1)));
      const [kept] = await reader.query('SELECT count(*) AS rows FROM raw');
      assert.equal(kept?.rows, 3_000);
      await reader.query('CLUSTER raw');
      await reader.query('ANALYZE raw');
      const plan = await planOf(reader, 'SELECT * FROM raw WHERE customer = 42 ORDER BY id');
      assert.match(plan, /^Index Scan using raw__customer_id_cluster/);
      assert.deepEqual(await optionsOf(reader), { raw: ['autovacuum_vacuum_scale_factor=0.02', 'fillfactor=70'] });
    },
    { plan: planWith(whole.storage(stored)) },
  ));

test('each partition of a copy is stored as declared, also one that is made later', () =>
  withCopies(
    async ({ store, reader }) => {
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: rows(3_000) }] });
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: [{ ingestion_date: today - 4 }] }] });
      const options = await optionsOf(reader);
      assert.equal(Object.keys(options).length, 6);
      for (const each of Object.values(options))
        assert.deepEqual(each, ['autovacuum_vacuum_scale_factor=0.02', 'fillfactor=70']);
      assert.equal((await clustered(reader)).length, 6);
      await reader.query('ANALYZE raw');
      const plan = await planOf(
        reader,
        `SELECT * FROM raw WHERE customer = 42 AND ingestion_date = '1970-01-01'::date + ${today} ORDER BY id`,
      );
      assert.match(plan, /Index Scan on raw__\d+_customer_id_idx/);
    },
    { plan: planWith(byDay.storage(stored)) },
  ));

test('how a copy is stored follows the declaration, while its rows stay', () =>
  withCopies(
    async ({ plan, store, reader }) => {
      await store.commit({ ...emptyCommit, copies: [{ table: 'raw', rows: rows(3) }] });
      assert.deepEqual(Object.values(await optionsOf(reader)).flat(), []);
      assert.deepEqual(await clustered(reader), []);
      await store.migrate(planWith(byDay.storage(stored))(plan.name));
      assert.equal((await clustered(reader)).filter((each) => each.endsWith(': customer, id')).length, 5);
      await store.migrate(planWith(byDay.storage({ clusterBy: ['id'], fillfactor: 90 }))(plan.name));
      assert.deepEqual([...new Set(Object.values(await optionsOf(reader)).flat())], ['fillfactor=90']);
      assert.equal((await clustered(reader)).filter((each) => each.endsWith(': id')).length, 5);
      await store.migrate(plan);
      assert.deepEqual(Object.values(await optionsOf(reader)).flat(), []);
      const indexes = await reader.query(
        `SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexdef !~ 'brin'`,
      );
      assert.equal(indexes.length, 0);
      const [kept] = await reader.query('SELECT count(*) AS rows FROM raw');
      assert.equal(kept?.rows, 3);
      await assert.rejects(
        store.migrate(planWith(whole)(plan.name)),
        /MED_TABLE_CHANGED.*its copy is partitioned by "ingestion_date" and would be not partitioned/,
      );
    },
    { plan: planWith(byDay) },
  ));

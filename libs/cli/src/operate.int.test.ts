import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@medallion/core';
import { type Stack, startStack } from '@medallion/devstack';
import { loadPipeline } from '@medallion/host';
import { createKafkaLog } from '@medallion/kafka';
import { createGoldReader, createTableStore, rehearseMigration } from '@medallion/postgres';
import type { RecordLog } from '@medallion/runtime';
import { medallion } from './medallion.ts';

/** The commands of those who operate a pipeline, on a stack of their own. */

const RAW = 'santa.deliveries.raw';
let stack: Stack;
let log: RecordLog;

before(async () => {
  stack = await startStack({ mode: 'ephemeral', external: {} });
  log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'operate-test', log: silentLog });
});
after(async () => {
  await log?.close();
  await stack?.stop();
});

async function run(...args: string[]) {
  const written = { out: '', err: '' };
  const exit = await medallion([...args, '--json'], stack.env, {
    out: (text) => {
      written.out += text;
    },
    say: (text) => {
      written.err += text;
    },
  });
  return { exit, err: written.err, data: written.out === '' ? null : JSON.parse(written.out) };
}

/** Of all events: however long the tests take, none of them is late. */
const timestamp = new Date().toISOString();
const delivery = (id: string, status: string) => ({
  ...{ event_id: id, delivery_id: id, timestamp, city: 'Oslo', country: 'NO' },
  ...{ region: 'Europe', latitude: 59, longitude: 10, gift_type: 'book', gift_count: 1, status },
});

async function send(...records: readonly object[]): Promise<void> {
  const appender = await log.appender();
  const out = records.map((record) => ({ key: null, value: Buffer.from(JSON.stringify(record)), headers: {} }));
  await appender.append([{ topic: RAW, partition: 0, records: out }]);
  await appender.close();
}

test('plan refuses without the source, names what a start creates, keeps nothing of it, and then nothing is left to do', async () => {
  const without = await run('plan', 'santa-deliveries');
  assert.deepEqual([without.exit, without.data.refused[0].code], [3, 'MED_TOPIC_MISSING'], without.err);
  await log.ensureTopics([{ topic: RAW, partitions: 2, retentionMs: 86_400_000, maxMessageBytes: 2_097_152 }]);
  for (let time = 0; time < 2; time++) {
    const { exit, data } = await run('plan', 'santa-deliveries');
    assert.deepEqual([exit, data.refused], [0, []]);
    const steps = data.steps.map(({ what, change }: { what: string; change: string }) => `${what}: ${change}`);
    for (const step of [
      'topic santa-deliveries.silver_santa_deliveries: created with 2 partitions',
      'subject santa-deliveries.silver_santa_deliveries-value: created',
      'view santa_deliveries.gold_delivery_by_region: created',
    ])
      assert.ok(steps.includes(step), `${step} in\n${steps.join('\n')}`);
  }
  await send(delivery('a', 'delivered'), delivery('b', 'lost'));
  const ran = await run('run', 'santa-deliveries', '--once');
  assert.equal(ran.exit, 0, ran.err);
  const { exit, data } = await run('plan', 'santa-deliveries');
  assert.deepEqual([exit, data.steps, data.refused], [0, [], []]);
});

test('a rehearsal says what would be lost, and what a start would refuse', async () => {
  const plan = await loadPipeline('santa-deliveries');
  const name = 'gold_delivery_by_region';
  const without = { ...plan, tables: plan.tables.filter((table) => table.name !== name) };
  assert.deepEqual((await rehearseMigration(stack.databaseUrl, without)).changes, [
    { name, kind: 'view', change: 'forgotten', destructive: true },
  ]);
  const tables = plan.tables.map((table) => (table.name === name ? { ...table, version: table.version + 1 } : table));
  const { refused, changes } = await rehearseMigration(stack.databaseUrl, { ...plan, tables });
  assert.deepEqual([refused?.code, changes], ['MED_TABLE_CHANGED', []]);
});

test('quarantine: redrive says what it would do, does it once, and ls and show tell of it', async () => {
  const dry = await run('quarantine', 'redrive', 'santa-deliveries', '--where', "outcome = 'violation'", '--dry-run');
  assert.deepEqual([dry.exit, dry.data.chosen, dry.data.sent], [0, 1, 0], dry.err);
  const [judged] = dry.data.rows;
  assert.deepEqual([judged.before, judged.after], ['violation: valid_status', 'violation: valid_status']);
  assert.deepEqual(dry.data.judged[0].rules, { valid_status: 1 });
  const args = ['quarantine', 'redrive', 'santa-deliveries', '--table', 'silver_santa_deliveries', '--by', 'ann'];
  assert.equal((await run(...args)).data.sent, 1);
  assert.equal((await run(...args)).data.sent, 0);
  const listed = await run(
    'quarantine',
    'ls',
    'santa-deliveries',
    '--where',
    'redriven_at IS NOT NULL',
    '--limit',
    '5',
  );
  assert.equal(listed.data.length, 1, listed.err);
  const shown = await run('quarantine', 'show', 'santa-deliveries', listed.data[0].place);
  assert.match(shown.data[0].redriven, / by ann$/);
  assert.equal((await run('quarantine', 'redrive', 'santa-deliveries', '--table', 'nowhere')).exit, 2);
});

test('B1 B2 a backfill of a file that is killed, and run again, brings each row once, and says so the next time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backfill-'));
  const rows = Array.from({ length: 5_000 }, (_, n) => delivery(`old${n}`, n === 7 ? 'lost' : 'delivered'));
  await writeFile(join(folder, 'old.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const args = ['backfill', 'santa-deliveries', 'bronze_santa_deliveries', '--files', folder, '--format', 'json_lines'];
  const copied = async () =>
    ((await log.partitions('santa-deliveries.bronze_santa_deliveries.backfill')) ?? []).reduce(
      (n, { high }) => n + high,
      0,
    );
  const program = `const { medallion } = await import(${JSON.stringify(import.meta.resolve('./medallion.ts'))});
    await medallion(${JSON.stringify([...args, '--no-wait'])}, process.env);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, ...stack.env },
  });
  const ended = once(child, 'exit');
  while ((await copied()) === 0 && child.exitCode === null) await delay(10);
  child.kill('SIGKILL');
  await ended;
  const done = await run(...args, '--no-wait');
  assert.deepEqual([done.exit, done.data.records], [0, 5_000], done.err);
  assert.equal((await run('run', 'santa-deliveries', '--once')).exit, 0);
  const again = await run(...args);
  assert.deepEqual([again.data.ended, again.data.left], ['before', 0], again.err);
  assert.deepEqual(again.data.became, [{ outcome: 'accepted', records: 5_000 }]);
  const state = await run('status', 'santa-deliveries');
  const bronze = state.data.find(({ table }: { table: string }) => table === 'bronze_santa_deliveries');
  assert.deepEqual([bronze.rows, bronze.lagRecords, bronze.lagBeside], [5_002, 0, 0]);
  const reader = createGoldReader({ databaseUrl: stack.databaseUrl, schemaName: 'santa_deliveries' });
  // Of a windowed view the rows that it has are its windows, not what it took in.
  const cities = state.data.find(({ table }: { table: string }) => table === 'gold_top_cities');
  const [windows] = await reader.query<{ n: number }>('SELECT count(*) AS n FROM gold_top_cities');
  assert.deepEqual([cities.rows, typeof cities.accepted], [windows!.n, 'number']);
  assert.deepEqual(await reader.query('SELECT * FROM medallion.conservation WHERE difference <> 0'), []);
  await reader.close();
  const [listed] = (await run('backfill', 'santa-deliveries')).data;
  assert.deepEqual([listed.state, listed.records], ['done', 5_000]);
});

test('refresh says what it would do, mends a windowed view, and has a streaming table made anew with all that depends on it', async () => {
  const view = 'gold_delivery_by_region';
  const reader = createGoldReader({ databaseUrl: stack.databaseUrl, schemaName: 'santa_deliveries' });
  const shown = () => reader.query(`SELECT window_start, region, events, gifts_delivered FROM ${view} ORDER BY 1, 2`);
  const right = await shown();
  assert.ok(right.length > 0);
  const dry = await run('refresh', 'santa-deliveries', view);
  assert.deepEqual([dry.exit, dry.data.missing], [3, []], dry.err);
  await reader.query(`UPDATE ${view}__state SET events = events + 1`);
  const mended = await run('refresh', 'santa-deliveries', view, '--full');
  assert.deepEqual([mended.exit, mended.data.mode, mended.data.written], [0, 'repaired', right.length], mended.err);
  assert.deepEqual(await shown(), right);

  const silver = 'silver_santa_deliveries';
  const seen = await run('refresh', 'santa-deliveries', silver);
  assert.deepEqual([seen.exit, seen.data.tables.length, seen.data.running], [3, 6, []], seen.err);
  const reset = await run('refresh', 'santa-deliveries', silver, '--full', '--by', 'ann');
  assert.equal(reset.exit, 0, reset.err);
  assert.deepEqual(await shown(), []);
  assert.equal((await run('run', 'santa-deliveries', '--once')).exit, 0);
  assert.deepEqual(await shown(), right);
  await reader.close();
});

test('plan names what a start would rebuild or forget, and takes it for meant with --allow', async () => {
  const store = createTableStore({ databaseUrl: stack.databaseUrl, log: silentLog });
  const plan = await loadPipeline('medallion-sales');
  await store.migrate(plan);
  await store.close();
  const reader = createGoldReader({ databaseUrl: stack.databaseUrl, schemaName: plan.schemaName });
  const before = await run('plan', 'medallion-sales');
  assert.deepEqual([before.exit, before.data.refused], [0, []], before.err);
  await reader.query(
    `UPDATE medallion.catalog SET state_hash = 'other', definition_hash = 'other' WHERE table_name = 'gold_daily_sales'`,
  );
  await reader.query('CREATE TABLE medallion_sales.gold_gone (id text)');
  await reader.query(
    `INSERT INTO medallion.catalog (pipeline, table_name, schema_name, layer, kind, version, hash, definition_hash, description)
     VALUES ('medallion-sales', 'gold_gone', 'medallion_sales', 'gold', 'relational_view', 1, '', '', '{}')`,
  );
  const { exit, data } = await run('plan', 'medallion-sales');
  const lost = data.steps.filter(({ destructive }: { destructive: boolean }) => destructive);
  assert.deepEqual(
    [exit, lost.map(({ what, change }: { what: string; change: string }) => `${what}: ${change}`)],
    [
      3,
      [
        ...['', '__groups', '__rows'].map((of) => `table medallion_sales.gold_daily_sales${of}: rebuilt`),
        'table medallion_sales.gold_gone: forgotten',
      ],
    ],
  );
  const allowed = await run('plan', 'medallion-sales', '--allow');
  assert.deepEqual([allowed.exit, allowed.data.steps], [0, data.steps]);
  assert.deepEqual(
    (await run('plan', 'medallion-sales')).data.steps,
    data.steps,
    'it only says so: nothing is done by either',
  );
  await reader.close();
});

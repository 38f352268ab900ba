import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { type Stack, startStack } from '@medallion/devstack';
import { loadPipeline } from '@medallion/host';
import { createKafkaLog } from '@medallion/kafka';
import { rehearseMigration } from '@medallion/postgres';
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

const delivery = (id: string, status: string) => ({
  ...{ event_id: id, delivery_id: id, timestamp: new Date().toISOString(), city: 'Oslo', country: 'NO' },
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

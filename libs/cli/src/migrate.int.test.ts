import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@medallion/core';
import { type Stack, startStack } from '@medallion/devstack';
import { loadPipeline, runInProcess } from '@medallion/host';
import { createKafkaLog } from '@medallion/kafka';
import { createGoldReader, whileMigrating } from '@medallion/postgres';
import type { Condition } from '@medallion/runtime';
import { until } from '@medallion/testkit';
import { medallion } from './medallion.ts';

/** `medallion migrate` on a stack of its own, and services that make nothing after it. */

const RAW = 'santa.deliveries.raw';
let stack: Stack;
before(async () => {
  stack = await startStack({ mode: 'ephemeral', external: {} });
});
after(() => stack?.stop());

type Env = Readonly<Record<string, string | undefined>>;

async function run(args: readonly string[], env: Env = stack.env) {
  const written = { out: '', err: '' };
  const exit = await medallion([...args, '--json'], env, {
    out: (text) => {
      written.out += text;
    },
    say: (text) => {
      written.err += text;
    },
  });
  return { exit, err: written.err, data: written.out === '' ? null : JSON.parse(written.out) };
}

const topics = async (): Promise<readonly (number | undefined)[]> => {
  const log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'test', log: silentLog });
  const found = await Promise.all(
    [RAW, 'santa-deliveries.silver_santa_deliveries'].map(async (topic) => (await log.partitions(topic))?.length),
  );
  await log.close();
  return found;
};

type Conditions = ReadonlyMap<string, Condition>;

/** Runs the services' flows as services that make nothing, until every flow has said how it fares, and that is as wanted. */
async function verified(isWanted: (conditions: Conditions) => boolean): Promise<void> {
  const conditions = new Map<string, Condition>();
  const stop = new AbortController();
  const plan = await loadPipeline('santa-deliveries');
  const running = runInProcess({
    ...{ plan, env: { ...stack.env, MIGRATE: 'verify' }, once: false, logger: silentLog, signal: stop.signal },
    report: (flow, condition) => void conditions.set(flow, condition),
  });
  try {
    await until('the flows fare as wanted', () => conditions.size === 3 && isWanted(conditions));
  } catch {
    assert.fail(`the flows fare otherwise: ${JSON.stringify([...conditions])}`);
  } finally {
    stop.abort();
    await running;
  }
}

/** Whether all flows fare the same: 'ok', or with an error of this code. */
const all = (code: string) => (conditions: Conditions) =>
  [...conditions.values()].every((each) => (each.ok ? 'ok' : each.code) === code);

test('services that make nothing wait for a migration, and say so', async () => {
  await verified(all('MED_TOPIC_MISSING'));
  const log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'test', log: silentLog });
  await log.ensureTopics([{ topic: RAW, partitions: 1, retentionMs: 86_400_000, maxMessageBytes: 2_097_152 }]);
  await log.close();
  await verified(all('MED_NOT_MIGRATED'));
  assert.deepEqual(await topics(), [1, undefined], 'they have made none');
});

test('a dry run names topics, schemas and tables, and makes none; a refused pipeline stops all of them', async () => {
  const dry = await run(['migrate', 'santa-deliveries', '--dry-run']);
  assert.equal(dry.exit, 0, dry.err);
  const steps = dry.data[0].steps.map(({ what, change }: { what: string; change: string }) => `${what}: ${change}`);
  for (const step of [
    'topic santa-deliveries.silver_santa_deliveries: created with 1 partitions',
    'subject santa-deliveries.silver_santa_deliveries-value: created',
    'view santa_deliveries.gold_delivery_by_region: created',
  ])
    assert.ok(steps.includes(step), `${step} in\n${steps.join('\n')}`);
  const two = await run(['migrate', 'santa-deliveries', 'orders-streaming']);
  assert.deepEqual([two.exit, two.data.map((each: { done: boolean }) => each.done)], [3, [false, false]], two.err);
  assert.deepEqual(await topics(), [1, undefined]);
  assert.equal((await run(['migrate', 'santa-deliveries', '--sources', 'many'])).exit, 2);
});

test('migrate makes everything that services need, once; sources too where it is asked to', async () => {
  const first = await run(['migrate', 'santa-deliveries', 'orders-streaming', '--sources', '2']);
  assert.deepEqual([first.exit, first.data.map((each: { done: boolean }) => each.done)], [0, [true, true]], first.err);
  assert.deepEqual(await topics(), [1, 1]);
  const orders = first.data[1].steps.map(({ what, change }: { what: string; change: string }) => `${what}: ${change}`);
  assert.ok(orders.includes('topic source.orders: created with 2 partitions'), orders.join('\n'));
  const again = await run(['migrate', 'santa-deliveries', 'orders-streaming']);
  assert.deepEqual(
    again.data.map(({ steps, refused, hints }: { steps: []; refused: []; hints: [] }) => [steps, refused, hints]),
    [
      [[], [], []],
      [[], [], []],
    ],
  );
  await verified(all('ok'));
});

test('a schema that nobody registered stops a flow that makes nothing', async () => {
  const subject = `${stack.schemaRegistryUrl}/subjects/santa-deliveries.silver_santa_deliveries-value`;
  for (const url of [subject, `${subject}?permanent=true`]) await fetch(url, { method: 'DELETE' });
  await verified((conditions) =>
    /MED_NOT_MIGRATED.*silver_santa_deliveries-value is not registered/.test(
      JSON.stringify(conditions.get('silver_santa_deliveries')),
    ),
  );
  assert.equal((await run(['migrate', 'santa-deliveries'])).exit, 0);
  await verified(all('ok'));
});

test('one migrates at a time; who waits too long is told', async () => {
  let isFree = false;
  let second: Promise<unknown> | undefined;
  await whileMigrating(
    stack.databaseUrl,
    async () => {
      await assert.rejects(
        whileMigrating(stack.databaseUrl, async () => {}, 300),
        /MED_MIGRATION_BUSY/,
      );
      second = run(['migrate', 'santa-deliveries']).then(({ exit }) => assert.deepEqual([exit, isFree], [0, true]));
      await delay(700);
      isFree = true;
    },
    60_000,
  );
  await second;
});

test('the password of a file replaces that of the address, for every command', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'password-')), 'password');
  const wrong = Object.assign(new URL(stack.databaseUrl), { password: 'wrong' }).href;
  const env = { ...stack.env, DATABASE_URL: wrong, DATABASE_PASSWORD_FILE: file };
  writeFileSync(file, 'medallion\n');
  assert.equal((await run(['migrate', 'santa-deliveries'], env)).exit, 0);
  assert.equal((await run(['quarantine', 'ls', 'santa-deliveries'], env)).exit, 0);
  const { DATABASE_PASSWORD_FILE: _, ...without } = env;
  assert.match((await run(['quarantine', 'ls', 'santa-deliveries'], without)).err, /password authentication failed/);
  const reader = createGoldReader({ databaseUrl: stack.databaseUrl, schemaName: 'public' });
  const [row] = await reader.query<{ by: string }>(
    `SELECT migrated_by AS by FROM medallion.migrated WHERE pipeline = 'santa-deliveries'`,
  );
  await reader.close();
  assert.equal(row?.by, 'medallion');
});

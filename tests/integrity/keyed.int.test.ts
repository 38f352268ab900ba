import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import type { KeyedTablePlan, StreamingTablePlan } from '@medallion/pipeline';
import { formatCoordinate, type RecordLog } from '@medallion/runtime';
import { ChangelogReader, inOrder } from '../support/changelog-reader.ts';
import { history, overwritten, type SentChange } from '../support/keyed-oracle.ts';
import { keyedPipeline, keyedTable, renamed } from '../support/keyed-plan.ts';
import { createRandom, seedFrom } from '../support/random.ts';

const PARTITIONS = 3;
const KEYS = 60;
const BATCHES = 24;
const BATCH = 250;
const SESSION_MS = 6_000;

const stack = await testStack();
const random = createRandom(seedFrom(process.env.KEYED_SEED));
const name = `keyed_${process.pid}_${random.seed}`;
const plan = renamed(keyedPipeline(keyedTable(1), keyedTable(2)), name);
const [changes, ...tables] = plan.tables as [StreamingTablePlan, ...KeyedTablePlan[]];
const log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'test', log: silentLog });
const codecs = createRegistryCodecs({ url: stack.schemaRegistryUrl });

const anyChange = (): SentChange => ({
  id: `k${Math.floor(random.between(0, KEYS))}`,
  seq: Math.floor(random.between(0, 400)),
  gone: random.between(0, 5) < 1,
  name: random.pick(['Alice', 'Bob', 'Carol', null]),
  note: random.pick(['x', 'y', 'z', null]),
});

function start(): ChildProcess {
  const file = join(import.meta.dirname, '../support/keyed-process.ts');
  const child = spawn(process.execPath, [file, stack.kafkaBrokers.join(','), stack.schemaRegistryUrl, name], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return child;
}

const committed = async (table: KeyedTablePlan): Promise<number> => {
  const found = await log.committed(`${name}.${table.name}`, changes.topic);
  return [...found.values()].reduce((sum, { offset }) => sum + offset, 0);
};

async function caughtUp(sent: number): Promise<void> {
  const deadline = Date.now() + 300_000;
  for (;;) {
    const reached = await Promise.all(tables.map(committed));
    if (reached.every((n) => n === sent)) return;
    assert.ok(Date.now() < deadline, `not caught up: ${reached} of ${sent}`);
    await delay(300);
  }
}

test('C1 K1 K4 both types equal the sorted run on Kafka, with instances killed and paused', async () => {
  await log.ensureTopics(
    [changes.topic, (changes.flows[0]!.source as { topic: string }).topic].map((topic) => ({
      topic,
      partitions: PARTITIONS,
      retentionMs: 3_600_000,
      maxMessageBytes: 1_048_576,
    })),
  );
  const encoder = await codecs.encoder(changes.topic, changes.schema);
  const appender = await log.appender();
  const sent: SentChange[] = [];
  const next = new Array<number>(PARTITIONS).fill(0);
  const send = async (batch: readonly SentChange[]): Promise<void> => {
    const records = batch.map((change) => {
      const partition = Number(change.id.slice(1)) % PARTITIONS;
      const headers = { src: formatCoordinate('changes', partition, next[partition]!++, 0) };
      const value = encoder.encode({ ...change, ingestion_timestamp: 0, source_partition: partition });
      return { partition, record: { key: Buffer.from(change.id), value, headers } };
    });
    const byPartition = Map.groupBy(records, ({ partition }) => partition);
    await appender.append(
      [...byPartition].map(([partition, all]) => ({
        topic: changes.topic,
        partition,
        records: all.map(({ record }) => record),
      })),
    );
    sent.push(...batch);
  };

  const running = new Set<ChildProcess>([start(), start()]);
  const follower = tables.map((table) => new ChangelogReader(table, log as RecordLog, codecs));
  try {
    for (let i = 0; i < BATCHES; i++) {
      const batch = Array.from({ length: BATCH }, anyChange);
      await send([...batch, ...batch.filter(() => random.between(0, 7) < 1)]);
      await delay(700);
      if (i % 6 === 2) {
        const victim = random.pick([...running]);
        running.delete(victim);
        victim.kill('SIGKILL');
        running.add(start());
      }
      if (i === 9) {
        // Beyond its session: another one takes over, and then the first one goes on as if nothing had happened.
        const paused = random.pick([...running]);
        paused.kill('SIGSTOP');
        await delay(SESSION_MS + 3_000);
        paused.kill('SIGCONT');
      }
      for (const reader of follower) await reader.read();
    }
    await caughtUp(sent.length);
    for (const [i, table] of tables.entries()) {
      const expected = inOrder(table.storedAs === 1 ? overwritten(sent) : history(sent));
      assert.deepEqual((await follower[i]!.read()).sorted(), expected, `${table.name}: a reader that follows`);
      const fresh = await new ChangelogReader(table, log, codecs).read();
      assert.deepEqual(fresh.sorted(), expected, `${table.name}: a reader that begins`);
    }
    console.log(`seed ${random.seed}: ${sent.length} changes, ${follower.map(({ strays }) => strays)} strays`);
  } finally {
    for (const child of running) child.kill('SIGKILL');
    await appender.close();
    await log.close();
  }
});

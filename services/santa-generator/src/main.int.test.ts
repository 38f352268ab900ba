import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { testStack } from '@medallion/devstack';
import type { AuditReport } from './audit.ts';
import { createGenerator } from './generator.ts';
import { openLog } from './open-log.ts';
import { createPartitioner } from './sinks/partitioner.ts';
import { CHRISTMAS } from './test-support.ts';

const { kafkaBrokers } = await testStack();
const log = openLog(kafkaBrokers);
after(() => log.close());

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Starts the program; `ended` gives its exit code and its audit. */
function start(topic: string, ...args: string[]) {
  const child = spawn(process.execPath, [main, '--topic', topic, '--json', ...args], {
    env: { ...process.env, KAFKA_BROKERS: kafkaBrokers.join(',') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  const ended = new Promise<{ code: number | null; report: AuditReport }>((resolve) => {
    child.on('close', (code) => resolve({ code, report: JSON.parse(String(Buffer.concat(out))) }));
  });
  return { child, ended };
}

/** What a topic holds, by partition. */
async function contents(topic: string) {
  const held: { key: string | null; value: string | null }[][] = [];
  for (const { partition } of (await log.partitions(topic)) ?? []) {
    held[partition] = [];
    for await (const records of log.read({ topic, partition }, 0)) {
      const texts = records.map(({ key, value }) => ({
        key: key?.toString() ?? null,
        value: value?.toString('latin1') ?? null,
      }));
      held[partition].push(...texts);
    }
  }
  return held;
}

test('a missing topic is created and holds the stream of the seed, by partition and in order', async () => {
  const topic = `santa-${randomUUID()}`;
  const { code, report } = await start(
    topic,
    ...'--rate max --events 20000 --seed 12 --quality hostile --rate-of oversized=0.0005'.split(' '),
  ).ended;
  assert.deepEqual([code, report.records], [0, 20_000]);

  const expected: { key: string | null; value: string | null }[][] = [[], [], [], []];
  const partitionOf = createPartitioner(4);
  const generator = createGenerator({
    start: CHRISTMAS,
    events: 20_000,
    seed: 12,
    quality: 'hostile',
    rates: { oversized: 0.0005 },
  });
  for (const { key, value } of generator.nextBatch(20_000)) {
    const partition = partitionOf(key === null ? null : Buffer.from(key));
    expected[partition]?.push({ key, value: value?.toString('latin1') ?? null });
  }
  assert.deepEqual(await contents(topic), expected);
});

test('an endless run that is told to stop leaves in the topic just what its audit says', async () => {
  const topic = `santa-${randomUUID()}`;
  const { child, ended } = start(topic, '--rate', '400', '--partitions', '2');
  while (((await log.partitions(topic).catch(() => null)) ?? []).every(({ high }) => high === 0)) await setTimeout(50);
  child.kill('SIGTERM');
  const { code, report } = await ended;
  const held = await contents(topic);
  assert.deepEqual([code, held.length, held.flat().length], [0, 2, report.records]);
});

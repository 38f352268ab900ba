import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog, systemClock } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { coordinateOf, decide, fromTrace, type LogRecord, type RecordLog } from '@medallion/runtime';
import { strictPlan } from '../fixtures/strict-plan.ts';
import { createTopic } from '../support/raw-topic.ts';
import { ServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';

/** Services as processes on real Kafka: a flow that stops at a record, and what a person decides about it. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const { plan, orders, strict, copy } = strictPlan(run);
const raw = `${plan.name}.raw`;
const folder = mkdtempSync(join(tmpdir(), 'medallion-decisions-'));
let log: RecordLog;
let env: Readonly<Record<string, string>>;
const services: ServiceProcess[] = [];

function start(layer: 'bronze' | 'silver', more: Readonly<Record<string, string>> = {}): ServiceProcess {
  const name = layer === 'bronze' ? 'bronze-ingest' : 'silver-enrich';
  const logFile = join(folder, `${layer}-${services.length}.log`);
  const main = new URL(`../fixtures/strict-${layer}.ts`, import.meta.url);
  const service = new ServiceProcess(name, { ...env, STRICT_RUN: run, ...more }, logFile, main);
  services.push(service);
  return service;
}

before(async () => {
  const stack = await testStack();
  env = { KAFKA_BROKERS: stack.kafkaBrokers.join(','), SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl };
  log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'decisions-test', log: silentLog });
  await createTopic(log, raw, 1);
});
after(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await log.close();
});

async function records(topic: string): Promise<readonly LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const batch of log.read({ topic, partition: 0 }, 0)) found.push(...batch);
  return found;
}

async function send(...statuses: readonly string[]): Promise<void> {
  const appender = await log.appender();
  const records = statuses.map((status, i) => ({
    key: Buffer.from(`o${i}`),
    value: Buffer.from(JSON.stringify({ id: `o${i}`, status })),
    headers: {},
  }));
  await appender.append([{ topic: raw, partition: 0, records }]);
  await appender.close();
}

/** Whether the table has so many rows, and so many traces, which may come a moment later. */
const written = async (rows: number, traces: number): Promise<true | null> =>
  (await records(strict.topic)).length === rows && (await records(strict.quarantineTopic)).length === traces
    ? true
    : null;

const readyz = async (service: ServiceProcess) => (await service.get('/readyz?verbose')).text;

test('F1 F4 F6 a service whose flow stopped goes on after a decision, without a restart, and its other flows all the while', async () => {
  start('bronze');
  const silver = start('silver');
  await send('pending', 'lost', 'completed', 'gone', 'pending');
  const stoppedAt = (offset: number) =>
    until(
      `the flow stops at ${offset}`,
      async () =>
        (await readyz(silver)).includes(`${orders.topic}[0] offset ${offset} broke valid_status`) ? true : null,
      { timeoutMs: 300_000, describe: () => `see ${folder}` },
    );
  await stoppedAt(1);
  await until('the other flows reach the end', async () => ((await records(copy.topic)).length === 10 ? true : null), {
    timeoutMs: 300_000,
  });
  assert.deepEqual([(await records(strict.topic)).length, (await records(strict.quarantineTopic)).length], [1, 0]);
  const checkpoint = async () => (await log.committed(`${plan.name}.strict`, orders.topic)).get(0)?.offset;
  await until('its checkpoint is before the record', async () => (await checkpoint()) === 1 || null, {
    timeoutMs: 300_000,
  });

  const { pid } = silver;
  for (const [offset, next] of [
    [1, 3],
    [3, null],
  ] as const) {
    await decide(log, plan, systemClock.now(), {
      ...{ flow: 'strict', at: { topic: orders.topic, partition: 0, offset } },
      ...{ decision: 'skip', by: 'ann', reason: 'a test' },
    });
    if (next !== null) await stoppedAt(next);
  }
  await silver.ready();
  await until('the flow reaches the end', () => written(3, 2), { timeoutMs: 300_000 });
  assert.equal(silver.pid, pid);
  assert.deepEqual(
    (await records(strict.quarantineTopic)).map(({ headers }) => {
      const { outcome, offset, reason } = fromTrace(headers)!;
      return [outcome, offset, /; skipped by ann at .*: a test$/.test(reason)];
    }),
    [
      ['violation', 1, true],
      ['violation', 3, true],
    ],
  );
  const flows = (await records(copy.topic)).map((record) => coordinateOf(record)!.flow);
  assert.deepEqual(new Set(flows), new Set(['copy', 'copy.again']));
});

test('F4 the next process finds the decisions', async () => {
  await services[1]!.stop();
  await send('odd', 'completed');
  const silver = start('silver');
  await until('it stops at 5', async () => ((await readyz(silver)).includes('offset 5 broke') ? true : null), {
    timeoutMs: 300_000,
  });
  await silver.stop();
  await decide(log, plan, systemClock.now(), {
    ...{
      flow: 'strict',
      at: { topic: orders.topic, partition: 0, offset: 5 },
      decision: 'skip',
      by: 'bob',
      reason: '',
    },
  });
  await start('silver').ready();
  await until('the end', () => written(4, 3), { timeoutMs: 300_000 });
});

test('F8 in development the service ends with the error', async () => {
  await services.at(-1)!.stop();
  await send('odd');
  const silver = start('silver', { STRICT_DEVELOPMENT: 'yes' });
  assert.deepEqual(await silver.ended, { code: 1, signal: null });
  assert.ok(silver.log().some((line) => JSON.stringify(line).includes('MED_EXPECTATION_FAILED')));
});

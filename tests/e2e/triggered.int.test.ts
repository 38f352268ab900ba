import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { createGoldReader } from '@medallion/postgres';
import type { RecordLog } from '@medallion/runtime';
import { strictPlan } from '../fixtures/strict-plan.ts';
import { createTopic } from '../support/raw-topic.ts';
import { ServiceProcess } from '../support/service-process.ts';

/** The three services of a triggered pipeline, as three jobs that are started at once. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const { plan } = strictPlan(run);
const raw = `${plan.name}.raw`;

let log: RecordLog;
let env: Readonly<Record<string, string>>;
before(async () => {
  const stack = await testStack();
  env = {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
    DATABASE_URL: stack.databaseUrl,
  };
  log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'triggered-test', log: silentLog });
  await createTopic(log, raw, 2);
});
after(() => log?.close());

test('F11 services that are started at once process what is there, and end with code 0', async () => {
  const appender = await log.appender();
  for (let n = 0; n < 40; n++) {
    const value = Buffer.from(JSON.stringify({ id: `o${n}`, status: 'pending' }));
    await appender.append([{ topic: raw, partition: n % 2, records: [{ key: null, value, headers: {} }] }]);
  }
  await appender.close();
  const folder = await mkdtemp(join(tmpdir(), 'triggered-'));
  const { DATABASE_URL: _, ...withoutDatabase } = env;
  const main = new URL('../fixtures/triggered-service.ts', import.meta.url);
  const services = (['gold', 'silver', 'bronze'] as const).map((layer) => {
    const own = { PIPELINES: plan.name, TRIGGERED_RUN: run, TRIGGERED_LAYER: layer };
    const all = { ...(layer === 'gold' ? env : withoutDatabase), ...own };
    return new ServiceProcess('bronze-ingest', all, join(folder, `${layer}.log`), main);
  });
  const ends = await Promise.all(services.map(({ ended }) => ended));
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0, 0],
    folder,
  );
  const reader = createGoldReader({ databaseUrl: env.DATABASE_URL ?? '', schemaName: plan.schemaName });
  try {
    const counts = await reader.query(
      `SELECT table_name, sum(records)::bigint AS records FROM medallion.table_counts WHERE pipeline = $1 GROUP BY 1 ORDER BY 1`,
      [plan.name],
    );
    assert.deepEqual(counts, [
      { table_name: 'copy', records: 80 },
      { table_name: 'orders', records: 40 },
      { table_name: 'strict', records: 40 },
    ]);
  } finally {
    await reader.close();
  }
});

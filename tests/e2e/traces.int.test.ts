import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import type { PipelinePlan } from '@medallion/pipeline';
import { createGoldReader } from '@medallion/postgres';
import { contextOf, type LogRecord, type RecordLog } from '@medallion/runtime';
import { type OtlpReceiver, otlpReceiver, type SeenSpan } from '@medallion/testkit';
import { tracedPlan } from '../fixtures/traced-plan.ts';
import { createTopic } from '../support/raw-topic.ts';
import { SERVICES, type ServiceName, ServiceProcess } from '../support/service-process.ts';

/** The three services on real Kafka, registry and Postgres, with a collector of OTLP: an event's way through all of them. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const [on, off] = [`${run}on`, `${run}off`].map((each) => {
  const plan = tracedPlan(each);
  return { run: each, plan, raw: `${plan.name}.raw` };
}) as [World, World];
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PRODUCER = 'b7ad6b7169203331';
const SAMPLED = { traceparent: `00-${TRACE}-${PRODUCER}-01` };

type World = { readonly run: string; readonly plan: PipelinePlan; readonly raw: string };

let log: RecordLog;
let env: Readonly<Record<string, string>>;
let collector: OtlpReceiver;
/** What services have loaded of OpenTelemetry, without the variables and with them; both run at the same time. */
let loaded: { readonly off: readonly unknown[]; readonly on: readonly unknown[] };
before(async () => {
  const stack = await testStack();
  env = {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
    DATABASE_URL: stack.databaseUrl,
  };
  log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'traces-test', log: silentLog });
  collector = await otlpReceiver();
  for (const { raw } of [on, off]) await createTopic(log, raw, 1);
  await send(off, 'followed', 1, SAMPLED);
  await send(on, 'before', 1, {});
  await send(on, 'followed', 2, SAMPLED);
  await send(on, 'not-followed', 3, {});
  await send(on, 'hostile', 4, { traceparent: `${SAMPLED.traceparent}-${'f'.repeat(4_000)}` });
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  };
  const ended = await Promise.all([finish(off, ['bronze-ingest'], {}), finish(on, SERVICES, settings)]);
  loaded = { off: ended[0], on: ended[1] };
});
after(async () => {
  await log?.close();
  await collector?.close();
});

async function send(
  { raw }: World,
  delivery_id: string,
  gifts: number,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const value = Buffer.from(JSON.stringify({ delivery_id, gifts, at: new Date().toISOString() }));
  const appender = await log.appender();
  await appender.append([{ topic: raw, partition: 0, records: [{ key: Buffer.from(delivery_id), value, headers }] }]);
  await appender.close();
}

/** Runs services until they have processed what there is, and ended; what each has loaded of OpenTelemetry. */
async function finish(
  { run: of, plan }: World,
  services: readonly ServiceName[],
  settings: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'traces-'));
  const main = new URL('../fixtures/traced-service.ts', import.meta.url);
  const { DATABASE_URL: _, ...withoutDatabase } = env;
  const running = services.map((name) => {
    const own = { ...settings, PIPELINES: plan.name, TRACED_RUN: of, TRACED_SERVICE: name };
    const all = { ...(name === 'gold-aggregate' ? env : withoutDatabase), ...own };
    return new ServiceProcess(name, all, join(folder, `${name}.log`), main);
  });
  const ends = await Promise.all(running.map(({ ended }) => ended));
  assert.deepEqual(new Set(ends.map(({ code }) => code)), new Set([0]), folder);
  const said = running.map((service) => service.log().find((line) => line.loaded !== undefined)?.loaded);
  await rm(folder, { recursive: true });
  return said;
}

async function records(topic: string): Promise<readonly LogRecord[]> {
  const all: LogRecord[] = [];
  for await (const some of log.read({ topic, partition: 0 }, 0)) all.push(...some);
  return all;
}

const spanOf = (service: ServiceName, topic: string, flow: string): SeenSpan => {
  const found = collector.spans.filter(
    (span) => span.name === `process ${topic}` && span.attributes['medallion.flow'] === flow && span.traceId === TRACE,
  );
  assert.equal(found.length, 1, `${found.length} spans of ${flow} on ${topic}`);
  assert.equal(found[0]!.service, service);
  return found[0]!;
};

test('without the variables there is no span, no header further on, and no code of OpenTelemetry in the service', async () => {
  assert.deepEqual(loaded.off, [[]]);
  assert.deepEqual(
    collector.spans.filter(({ attributes }) => attributes['medallion.pipeline'] === off.plan.name),
    [],
  );
  const [record, ...others] = await records(`${off.plan.name}.bronze`);
  assert.deepEqual([Object.keys(record!.headers), others.length], [['src'], 0]);
});

test('an event that was sent with a traceparent has spans of all three services in one trace, each the child of the one before', async () => {
  const { plan, raw } = on;
  for (const each of loaded.on) assert.ok((each as readonly string[]).includes('@opentelemetry/sdk-trace'));

  const bronze = spanOf('bronze-ingest', raw, 'bronze');
  const silver = spanOf('silver-enrich', `${plan.name}.bronze`, 'silver');
  const gold = spanOf('gold-aggregate', `${plan.name}.silver`, 'gold');
  assert.deepEqual(
    [bronze, silver, gold].map(({ parentId }) => parentId),
    [PRODUCER, bronze.spanId, silver.spanId],
  );
  assert.deepEqual(
    [bronze, silver, gold].map(({ kind, error, attributes }) => [
      kind,
      error,
      attributes['messaging.kafka.offset'],
      attributes['medallion.outcome'],
    ]),
    [
      ['consumer', null, 1, 'written'],
      ['consumer', null, 1, 'written'],
      ['consumer', null, 1, 'committed'],
    ],
  );
  const commit = collector.spans.find(({ spanId }) => spanId === gold.links[0]?.spanId);
  assert.deepEqual([commit?.name, commit?.service], [`commit ${plan.name}`, 'gold-aggregate']);
  assert.ok(commit!.links.some(({ spanId }) => spanId === gold.spanId));
  // The one event, in bronze and in silver as gold reads them, and commits: of the other three there is nothing.
  const others = collector.spans.filter(({ traceId, name }) => traceId !== TRACE && !name.startsWith('commit '));
  assert.deepEqual(others, []);
  for (const [topic, span] of [
    [`${plan.name}.bronze`, bronze],
    [`${plan.name}.silver`, silver],
  ] as const) {
    const spans = (await records(topic)).map((record) => contextOf(record)?.spanId ?? null);
    assert.deepEqual(spans, [null, span.spanId, null, null]);
  }

  const reader = createGoldReader({ databaseUrl: env.DATABASE_URL ?? '', schemaName: plan.schemaName });
  try {
    const rows = await reader.query(
      `SELECT sum(deliveries)::int AS deliveries, sum(gifts)::int AS gifts FROM ${plan.schemaName}.per_minute`,
    );
    assert.deepEqual(rows, [{ deliveries: 4, gifts: 10 }]);
  } finally {
    await reader.close();
  }
});

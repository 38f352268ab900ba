import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Log, silentLog } from '@medallion/core';
import { otlpReceiver, tracerContract, until } from '@medallion/testkit';
import { loadConfig } from '../config.ts';
import { startTracing, type Tracing } from './start-tracing.ts';
import { tracingSettings } from './tracing-settings.ts';

const started: { close(): Promise<void> }[] = [];
after(() => Promise.all(started.map((each) => each.close())));

async function tracing(env: Readonly<Record<string, string>>, log: Log = silentLog): Promise<Tracing | null> {
  return startTracing(loadConfig(tracingSettings, env), { service: 'silver-enrich', version: '1.2.3', log });
}

/** A tracer, and the collector that it reports to. */
async function reporting(env: Readonly<Record<string, string>> = {}) {
  const receiver = await otlpReceiver();
  started.push(receiver);
  const opened = await tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`, ...env });
  assert.ok(opened !== null);
  /** All spans, once so many have come: it closes after a time, and what it sends then may come later. */
  const reported = async (count: number) => {
    await opened.close();
    await until(`${count} spans`, () => receiver.spans.length >= count);
    return receiver.spans;
  };
  return { ...opened, reported, receiver };
}

const start = { name: 'process raw', kind: 'consumer', parent: null, links: [], attributes: {} } as const;

tracerContract('OpenTelemetry', () => reporting({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }));

test('spans say which service they come from, and go with the headers that the collector wants', async () => {
  const { tracer, reported, receiver } = await reporting({
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc%3D,x-tenant=shop',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=ignored,deployment.environment.name=test',
    OTEL_SERVICE_NAME: 'shop-silver',
  });
  tracer.start(start).end();
  assert.deepEqual(
    (await reported(1)).map(({ service }) => service),
    ['shop-silver'],
  );
  const [headers] = receiver.requests;
  assert.deepEqual([headers!.authorization, headers!['x-tenant']], ['Bearer abc=', 'shop']);
});

test('without a name of its own in the settings a span has that of the service', async () => {
  const { tracer, reported } = await reporting();
  tracer.start(start).end();
  assert.equal((await reported(1))[0]!.service, 'silver-enrich');
});

test('the part of records that are begun to be followed is the one that was asked for', async () => {
  const counted = async (env: Readonly<Record<string, string>>): Promise<number> => {
    const { tracer } = await reporting(env);
    let begun = 0;
    for (let n = 0; n < 100_000; n++) if (tracer.begins()) begun++;
    return begun;
  };
  assert.equal(await counted({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }), 100_000);
  assert.equal(await counted({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }), 0);
  assert.equal(await counted({ OTEL_TRACES_SAMPLER_ARG: '0' }), 0);
  // Ten standard deviations of either: it fails once in 10^22 runs.
  const standard = await counted({});
  assert.ok(standard > 685 && standard < 1_315, `${standard} of 100,000 at one percent`);
  const half = await counted({ OTEL_TRACES_SAMPLER_ARG: '0.5' });
  assert.ok(half > 48_419 && half < 51_581, `${half} of 100,000 at a half`);
});

/** Log lines, and a tracer whose collector is not there. */
async function away() {
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (fields, message) => void lines.push(JSON.stringify({ fields, message })) };
  const opened = await tracing(
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/x', OTEL_EXPORTER_OTLP_HEADERS: 'key=topsecret' },
    log,
  );
  assert.ok(opened !== null);
  // It tries again for some seconds before it gives up.
  const said = async () => {
    await until('a complaint', () => lines.length > 0);
    await delay(300);
    return lines;
  };
  return { ...opened, said };
}

test('a collector that is away is said once, for however many spans, and holds up nothing', async () => {
  const { tracer, close, said } = await away();
  const before = performance.now();
  for (let n = 0; n < 20_000; n++) tracer.start(start).end();
  await close();
  // It gives up after some seconds; waiting for the collector would have no end.
  assert.ok(performance.now() - before < 10_000);
  assert.equal((await said()).length, 1);
});

test('spans that are lost at the end are said too, with the reason and without the headers', async () => {
  const { tracer, close, said } = await away();
  tracer.start(start).end();
  await close();
  const [line] = await said();
  assert.match(line!, /traces cannot be reported/);
  assert.match(line!, /ECONNREFUSED/);
  assert.doesNotMatch(line!, /topsecret|stack|node_modules/);
});

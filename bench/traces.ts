// node bench/traces.ts: what following records costs the thread that processes them; the least of many rounds.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { instant, type Log } from '@medallion/core';
import type { StreamingTablePlan } from '@medallion/pipeline';
import santa from '@medallion/santa-deliveries';
import { engineSettings, loadConfig, startTracing, type Tracing } from '@medallion/service';
import { startPosition } from '../libs/runtime/src/protocol/checkpoint.ts';
import type { FlowTask } from '../libs/runtime/src/streaming/flow-task.ts';
import { jsonReader } from '../libs/runtime/src/streaming/record-reader.ts';
import { TableTask } from '../libs/runtime/src/streaming/table-task.ts';
import { TracedTask } from '../libs/runtime/src/tracing/traced-task.ts';

const BATCH = 500;
const BATCHES = 200;
const ROUNDS = 12;
/** Fewer than wait at once, so that none is lost. */
const SPANS = 4_000;

const delivery = {
  ...{ event_id: 'e1', delivery_id: 'd1', timestamp: '2025-12-24T11:00:00Z', city: 'Oslo', country: 'Norway' },
  ...{ region: 'Europe', latitude: 59.9, longitude: 10.7, gift_type: 'toys', gift_count: 2, status: 'delivered' },
  ...{ weather: 'snow', distance_km: 30, delivery_time_minutes: 13, sleigh_id: 's1', route_variant: 'A' },
};

/** What the span of a hop says. */
const hop = {
  'messaging.system': 'kafka',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': 'santa.deliveries.raw',
  'messaging.destination.partition.id': '3',
  'messaging.consumer.group.name': 'santa-deliveries.bronze_santa_deliveries',
  'medallion.pipeline': 'santa-deliveries',
  'medallion.table': 'bronze_santa_deliveries',
  'medallion.flow': 'bronze_santa_deliveries',
};

/** A collector in a thread of its own, that takes everything. */
async function collector(): Promise<string> {
  const worker = new Worker(new URL(import.meta.url));
  worker.unref();
  return new Promise((resolve) => worker.once('message', resolve));
}

function collect(): void {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200).end());
  });
  server.listen(0, '127.0.0.1', () =>
    parentPort?.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  );
}

async function tracing(url: string, part: string): Promise<Tracing> {
  const say = (fields: object, message: string) => console.log(message, fields);
  const log: Log = { debug() {}, info() {}, warn: say, error: say };
  const needed = { KAFKA_BROKERS: 'none:1', SCHEMA_REGISTRY_URL: 'http://none' };
  const config = loadConfig(engineSettings, {
    ...needed,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_TRACES_SAMPLER_ARG: part,
  });
  const opened = await startTracing(config, { service: 'bench', log });
  if (opened === null) throw new Error('traces are off');
  return opened;
}

/** CPU time of this thread that work takes, in microseconds. */
async function cpuUs(work: () => Promise<void>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

async function tasks(url: string): Promise<void> {
  const bronze = santa.tables[0] as StreamingTablePlan;
  const flow = bronze.flows[0]!;
  const reader = jsonReader(flow.source as Parameters<typeof jsonReader>[0]);
  const encoder = { encode: () => Buffer.alloc(200) };
  const at = { topic: 'raw', partition: 0 };
  const task = () => new TableTask(bronze, flow, { reader, encoder }, at, startPosition());
  const by = { pipeline: santa.name, table: bronze.name, flow: flow.name, group: 'g' };
  const variants: [string, FlowTask][] = [
    ['off', task()],
    ['off, again', task()],
  ];
  for (const part of ['0', '0.01']) {
    const { tracer } = await tracing(url, part);
    variants.push([`on, ${part}`, new TracedTask(task(), { ...by, tracer, context: 'goes on', begins: true })]);
  }
  const value = Buffer.from(JSON.stringify(delivery));
  const least = new Map<string, number>();
  let next = 0;
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, each] of variants) {
      const batches = Array.from({ length: BATCHES }, () => ({
        ...{ ...at, highWatermark: 0 },
        records: Array.from({ length: BATCH }, () => ({
          ...{ offset: next++, key: null, value, headers: {}, timestampMs: 0 },
        })),
      }));
      const used = await cpuUs(async () => {
        for (const batch of batches) {
          each.process(batch, instant(Date.now()));
          await each.appended?.(null, null);
        }
      });
      least.set(name, Math.min(least.get(name) ?? Infinity, used / BATCH / BATCHES));
      await delay(20); // answers of the collector are read
    }
  for (const [name, us] of least) console.log(`bronze's task, ${name}: ${us.toFixed(2)} µs a record`);
}

async function spans(url: string): Promise<void> {
  const { tracer, close } = await tracing(url, '1');
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const used = await cpuUs(async () => {
      for (let n = 0; n < SPANS; n++) {
        const attributes = { ...hop, 'messaging.kafka.offset': n };
        const span = tracer.start({ name: 'process raw', kind: 'consumer', parent: null, links: [], attributes });
        span.set({ 'medallion.outcome': 'written' });
        span.end();
      }
      await delay(2_500);
    });
    least = Math.min(least, used / SPANS);
  }
  await close();
  console.log(`a span, made and sent: ${least.toFixed(1)} µs`);
}

if (isMainThread) {
  const url = await collector();
  await tasks(url);
  await spans(url);
  process.exit(0);
} else collect();

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import { avro, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { HEADER, type LogRecord, noProgress, type RecordLog, runLayer } from '@medallion/runtime';
import { type AnyRow, decimal, int, list, row, string, timestamp } from '@medallion/schema';
import avsc from 'avsc';

/** A topic that someone else writes in Avro, whose schema changes while we read; through the real registry and Kafka. */

const { kafkaBrokers, schemaRegistryUrl: registry } = await testStack();

const Order = row('Order', {
  order_id: string(),
  amount: decimal(10, 2),
  ordered_at: timestamp(),
  quantity: int(),
  items: list(row('Item', { sku: string(), price: decimal(10, 2) })),
});

/** A decimal's digits as bytes, in a way of its own: eight bytes, however small it is. */
class Digits extends avsc.types.LogicalType {
  override _fromValue(value: unknown): unknown {
    return value;
  }
  override _toValue(value: unknown): Buffer | undefined {
    if (typeof value !== 'string') return undefined;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(value.replace('.', '')));
    return bytes;
  }
}

const money = (scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision: 18, scale });

/** Someone else's schema, of their namespace and names. */
const schemaOf = (...fields: readonly (readonly [name: string, type: unknown])[]) => ({
  type: 'record',
  name: 'SalesOrder',
  namespace: 'com.example.shop',
  fields: fields.map(([name, type]) => ({ name, type, ...(Array.isArray(type) ? { default: null } : {}) })),
});
const item = (...fields: readonly (readonly [name: string, type: unknown])[]) => ({
  type: 'array',
  items: { type: 'record', name: 'Line', fields: fields.map(([name, type]) => ({ name, type })) },
});
const micros = { type: 'long', logicalType: 'timestamp-micros' };

const first = schemaOf(
  ['order_id', 'string'],
  ['amount', money(2)],
  ['ordered_at', micros],
  ['quantity', 'int'],
  ['items', item(['sku', 'string'], ['price', money(2)])],
);
/** A column gone, one of another type, one more digit, two new ones, one of them in the list. */
const second = schemaOf(
  ['order_id', 'string'],
  ['amount', money(3)],
  ['ordered_at', ['null', micros]],
  ['coupon', ['null', 'string']],
  ['items', item(['sku', 'string'], ['price', 'string'], ['weight', 'double'])],
);

async function register(subject: string, schema: object): Promise<(value: object) => Buffer> {
  const response = await fetch(`${registry}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  const { id } = (await response.json()) as { id: number };
  const type = avsc.Type.forSchema(schema as avsc.Schema, { logicalTypes: { decimal: Digits } });
  return (value) => {
    const head = Buffer.alloc(5);
    head.writeInt32BE(id, 1);
    return Buffer.concat([head, type.toBuffer(value)]);
  };
}

async function readAll(log: RecordLog, from: string): Promise<readonly LogRecord[]> {
  const all: LogRecord[] = [];
  for await (const records of log.read({ topic: from, partition: 0 }, 0)) all.push(...records);
  return all;
}

test('records of others are rows, whatever schema each was written with; what does not fit is rescued (T1, T2, T3)', async () => {
  const name = `avro-${process.pid}-${Date.now()}`;
  const source = `${name}.orders`;
  const bronze = streamingTable('bronze_orders').from(topic(source, { format: avro(Order), key: 'order_id' }));
  const plan = pipeline(name, { tables: [bronze] });
  const log = createKafkaLog({ brokers: kafkaBrokers, clientId: name, log: silentLog });
  const codecs = createRegistryCodecs({ url: registry });
  await log.ensureTopics([{ topic: source, partitions: 1, retentionMs: -1, maxMessageBytes: 1_048_576 }]);
  const write = [await register(`${source}-value`, first), await register(`${source}-next-value`, second)] as const;
  const at = Date.parse('2026-12-24T18:30:00.123Z');
  const values = [
    write[0]({
      ...{ order_id: 'a', amount: '12.50', ordered_at: at * 1000 + 999, quantity: 2 },
      items: [{ sku: 's', price: '-0.01' }],
    }),
    write[1]({
      ...{ order_id: 'b', amount: '7.500', ordered_at: null, coupon: 'X', items: [] },
    }),
    write[1]({
      ...{ order_id: 'c', amount: '7.501', ordered_at: at * 1000, coupon: null },
      items: [{ sku: 't', price: '1.10', weight: 0.5 }],
    }),
    write[0]({ ...{ order_id: 'd', amount: '0.00', ordered_at: 0, quantity: 0 }, items: [] }).subarray(0, -2),
    Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1]),
    Buffer.from('{"order_id":"e"}'),
    null,
  ];
  const appender = await log.appender();
  await appender.append([
    { topic: source, partition: 0, records: values.map((value) => ({ key: null, value, headers: {} })) },
  ]);
  await appender.close();
  const running = runLayer('bronze', {
    ...{ plan, log, codecs, owner: name, clock: systemClock, logger: silentLog, metrics: noMetrics },
    progress: () => noProgress,
    report: () => {},
    sleep: (ms, signal) =>
      sleep(ms, undefined, { signal }).then(
        () => {},
        () => {},
      ),
    settings: {
      ...{ fetchWaitMs: 50, maxBatchBytes: 1_048_576, sessionTimeoutMs: 10_000, tickMs: 100, checkpointEveryMs: 100 },
      ...{ idleTimeoutMs: milliseconds(60_000), until: 'caught up' as const },
    },
  });
  await running.done;

  const table = plan.tables[0]!;
  assert.ok(table.kind === 'streaming_table');
  const decoder = await codecs.decoder(table.topic, table.schema);
  const records = await readAll(log, table.topic);
  await decoder.prepare(records.map((record) => record.value));
  const rows = records.map((record): AnyRow => {
    const decoded = decoder.decode(record.value);
    assert.ok('row' in decoded);
    return Object.fromEntries(
      [...Order.fields, { name: '_rescued_data' }, { name: 'source_offset' }].map((f) => [
        f.name,
        decoded.row[f.name] ?? null,
      ]),
    );
  });
  assert.deepEqual(rows, [
    {
      ...{ order_id: 'a', amount: 12.5, ordered_at: at, quantity: 2, items: [{ sku: 's', price: -0.01 }] },
      ...{ _rescued_data: null, source_offset: 0 },
    },
    {
      ...{ order_id: 'b', amount: 7.5, ordered_at: null, quantity: null, items: [] },
      ...{ _rescued_data: '{"coupon":"X"}', source_offset: 1 },
    },
    {
      ...{ order_id: 'c', amount: null, ordered_at: at, quantity: null, items: [{ sku: 't', price: 1.1 }] },
      ...{ _rescued_data: '{"amount":7.501,"coupon":null,"items[0].weight":0.5}', source_offset: 2 },
    },
  ]);
  const refused = await readAll(log, table.quarantineTopic);
  const outcomes = refused.map((record) => String(record.headers[HEADER.outcome] ?? ''));
  assert.deepEqual(outcomes, ['undecodable', 'undecodable', 'undecodable', 'unparseable']);
  assert.deepEqual(
    refused.map((record) => record.value),
    values.slice(3),
  );
  await log.close();
});

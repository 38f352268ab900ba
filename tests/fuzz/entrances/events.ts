import assert from 'node:assert/strict';
import { isMedallionError } from '@medallion/core';
import {
  avro,
  isoInstant,
  json,
  materializedView,
  minutes,
  nonEmpty,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import type { OutRecord, RowCodecs } from '@medallion/runtime';
import {
  type AnyRow,
  boolean,
  date,
  decimal,
  double,
  int,
  list,
  long,
  oneOfStrings,
  row,
  string,
  timestamp,
} from '@medallion/schema';
import { createMemoryLog, MemoryCluster, type TestPipeline, testPipeline } from '@medallion/testkit';
import fc from 'fast-check';
import type { Journal } from '../engine/journal.ts';
import { avroCodecs, type SchemasInMemory } from './avro-codecs.ts';

const Item = row('Item', { sku: string(), price: decimal(10, 2), n: int() });

/** A column of every type, one of them named like a member of all objects. */
export const RawEvent = row('RawEvent', {
  event_id: string(),
  at: string(),
  kind: oneOfStrings(['web', 'shop']),
  n: int(),
  big: long(),
  x: double(),
  ok: boolean(),
  price: decimal(12, 2),
  day: date(),
  seen: timestamp(),
  constructor: string(),
  items: list(Item),
});

/** Right values of its columns. */
export const rightEvent = {
  event_id: fc.constantFrom('e1', 'e2', 'e3', 'e4', 'e5'),
  at: fc
    .integer({ min: 0, max: 3_599 })
    .map((s) => new Date(Date.parse('2025-12-24T11:00:00Z') + s * 1_000).toISOString()),
  kind: fc.constantFrom('web', 'shop'),
  n: fc.integer({ min: -2, max: 100 }),
  big: fc.maxSafeInteger(),
  x: fc.double({ noNaN: true, noDefaultInfinity: true }),
  ok: fc.boolean(),
  price: fc.integer({ min: 0, max: 99_999 }).map((cents) => cents / 100),
  day: fc.constantFrom('2025-12-24', '2024-02-29'),
  seen: fc.constantFrom('2025-12-24T11:00:00Z', '2025-12-24T11:00:00.5Z'),
  constructor: fc.constantFrom('a', 'b'),
  items: fc.array(fc.record({ sku: fc.constantFrom('s1', 's2'), price: fc.constant(1.5), n: fc.nat(9) }), {
    maxLength: 3,
  }),
};

export const INPUT = 'events';
const layers = (format: 'json' | 'avro') => {
  const of = format === 'json' ? json(RawEvent) : avro(RawEvent);
  const bronze = streamingTable('bronze_events').from(topic(INPUT, { format: of, key: 'event_id', raw: true }));
  const silver = streamingTable('silver_events')
    .from(bronze)
    .expectOrQuarantine('has_id', 'event_id', nonEmpty)
    .expectOrDrop('positive_n', 'n', positive)
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .eventTime('at', { watermarkDelay: minutes(1) })
    .dedupe({ by: 'event_id', within: minutes(10) });
  const gold = materializedView('gold_per_minute')
    .from(silver)
    .windowedBy(tumbling(minutes(1)))
    .groupBy('kind')
    .aggregate((a) => ({ events: a.count(), total: a.sum('n'), ids: a.countDistinct('event_id') }));
  return { plan: pipeline('fuzz', { tables: [bronze, silver, gold] }), bronze, silver };
};

/** The tables that events become, by how their records are written. */
export const EVENTS = { json: layers('json'), avro: layers('avro') } as const;

/** A valid event that stands between hostile ones. */
export const neighbour = (i: number) => ({
  ...{ event_id: `neighbour-${i}`, at: '2025-12-24T11:30:00Z', kind: 'web', n: 1, big: 1, x: 0.5, ok: true },
  ...{ price: 9.99, day: '2025-12-24', seen: '2025-12-24T11:30:00Z', constructor: 'c', items: [] },
});

/** A pipeline that can be fed with any record in any of its topics; all of them have one partition. */
export type World = {
  readonly test: TestPipeline;
  readonly cluster: MemoryCluster;
  readonly schemas: SchemasInMemory;
  readonly codecs: RowCodecs;
  put(topic: string, records: readonly OutRecord[]): Promise<void>;
};

/** What comes in goes through the codecs of the services, and is logged as they log. */
export function worldOf(plan: Parameters<typeof testPipeline>[0], journal: Journal): World {
  const cluster: MemoryCluster = new MemoryCluster({ now: (): number => test.clock.now() });
  const { codecs, schemas } = avroCodecs();
  const test: TestPipeline = testPipeline(plan, { partitions: 1, cluster, codecs, logger: journal.log });
  return {
    ...{ test, cluster, schemas, codecs },
    async put(topic, records) {
      const appender = await createMemoryLog(cluster).appender();
      await appender.append([{ topic, partition: 0, records }]);
      await appender.close();
    },
  };
}

/** Fails unless the run ends; an error with a code that flows stop with is a fate, and is told. */
export async function runs(test: TestPipeline, journal: Journal): Promise<void> {
  try {
    await test.run();
  } catch (error) {
    if (!isMedallionError(error)) throw error;
    journal.refused(error);
  }
}

/** Each neighbour is in the table, once. */
export function assertNeighbours(rows: readonly AnyRow[], count: number, table: string): void {
  const met = new Map<unknown, number>();
  for (const { event_id } of rows) met.set(event_id, (met.get(event_id) ?? 0) + 1);
  for (let i = 0; i < count; i++) assert.equal(met.get(`neighbour-${i}`), 1, `${table}: neighbour ${i} of ${count}`);
}

/**
 * Sends hostile records with a valid one before, between and behind them, and looks whether all is as declared: the valid
 * ones in every table, and every record a row or in quarantine.
 */
export async function amongNeighbours(
  format: 'json' | 'avro',
  world: World,
  hostile: readonly OutRecord[],
  valid: (i: number) => OutRecord,
  journal: Journal,
): Promise<void> {
  const { bronze, silver } = EVENTS[format];
  const { test } = world;
  const records = [valid(0), ...hostile.flatMap((record, i) => [record, valid(i + 1)])];
  await world.put(INPUT, records);
  await test.run();
  const rows = (await test.rows(bronze)) as unknown as readonly AnyRow[];
  const kept = (await test.rows(silver)) as unknown as readonly AnyRow[];
  const refused = await test.quarantine(bronze);
  const refusedLater = await test.quarantine(silver);
  assertNeighbours(rows, hostile.length + 1, 'bronze');
  assertNeighbours(kept, hostile.length + 1, 'silver');
  assert.equal(rows.length + refused.length, records.length, 'every record is a row or refused');
  assert.equal(kept.length + refusedLater.length, rows.length, 'every row is kept or refused');
  journal.met('a row', rows.length - hostile.length - 1);
  for (const { outcome } of refused) journal.met(outcome);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant, MedallionError, silentLog } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import type { Query } from '@medallion/postgres';
import { StopLog } from '@medallion/runtime';
import { createMemoryLog } from '@medallion/testkit';
import { readerOf } from '../http/test-app.ts';
import { soonerThan } from '../http/test-timer.ts';
import { PipelineWatch, type WatchParts } from './pipeline-watch.ts';
import { ServicesWatch } from './services-watch.ts';

const NOW = Date.parse('2025-12-24T20:00:00Z');
const PIPELINE = 'santa-deliveries';
const RAW = 'santa.deliveries.raw';

/** A database that says of the catalogue what a migration wrote there, and nothing else; `away` makes it fail or hang. */
function database(clock: { now(): Instant }) {
  const state = { away: null as 'failing' | 'hanging' | null, asked: 0 };
  const table = { name: 'bronze_santa_deliveries', layer: 'bronze', kind: 'streaming_table', comment: null };
  const query = (async (sql: string) => {
    state.asked++;
    if (state.away === 'hanging') return new Promise(() => {});
    if (state.away === 'failing') throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'it is stopped' });
    if (sql.includes('medallion.catalog')) return [{ ...table, columns: 3, rules: 1 }];
    if (sql.includes('clock_timestamp')) return [{ now: clock.now() }];
    if (sql.includes('medallion.lineage')) return [{ source: RAW, target: table.name, kind: 'topic' }];
    return [];
  }) as Query;
  return { reader: readerOf(query), state };
}

/** A watch on a log in memory, with a clock that is set by hand. */
async function watching(over: Partial<WatchParts> = {}) {
  await loadPipeline(PIPELINE); // once, so that nothing that is timed waits for the disk
  const clock = { at: NOW, now: (): Instant => instant(clock.at) };
  const { reader, state } = database(clock);
  const log = createMemoryLog();
  await log.ensureTopics([{ topic: RAW, partitions: 1, retentionMs: 3_600_000, maxMessageBytes: 1_048_576 }]);
  const asked: number[] = [];
  const groups = {
    describe: async () => [],
    timestampAt: async (_at: object, offset: number) => {
      asked.push(offset);
      return NOW - 40_000;
    },
  };
  const kafka = { log, groups };
  const services = new ServicesWatch([], clock);
  const watch = new PipelineWatch(PIPELINE, { reader, clock, kafka, services, planOf: loadPipeline, ...over });
  const append = async (count: number): Promise<void> => {
    const appender = await log.appender();
    const record = { key: null, value: Buffer.from('{}'), headers: {} };
    await appender.append([{ topic: RAW, partition: 0, records: Array.from({ length: count }, () => record) }]);
    await appender.close();
  };
  return { watch, clock, state, append, asked, log };
}

test('a table that nobody reads is stalled after 5 s of looking, and its age is that of the record that waits', async () => {
  const { watch, clock, append, asked } = await watching();
  await append(3);
  const first = await watch.status();
  assert.equal(first.tables[0]?.lagRecords, 3);
  assert.equal(first.tables[0]?.lagSeconds, 40, 'L2');
  assert.deepEqual(asked, [0]);
  assert.notEqual(first.state, 'stalled');
  clock.at += 4_900;
  assert.notEqual((await watch.status()).state, 'stalled');
  clock.at += 100;
  clock.at += 1_000;
  const { state, tables } = await watch.status();
  assert.equal(state, 'stalled');
  assert.match(tables[0]?.why ?? '', /^3 records wait and none was read for 6 s\.$/);
});

test('D1 what a flow noted in the log shows without an address of any service, and no longer once it goes on', async () => {
  const { watch, clock, log } = await watching();
  assert.equal((await watch.status()).troubles.length, 0);
  const logger = silentLog;
  const stops = new StopLog({ pipeline: PIPELINE, log, clock, owner: 'bronze-ingest@a', logger });
  const { code, message, remedy } = new MedallionError('MED_DECISION_INVALID', { problem: 'a test' });
  stops.tell('bronze_santa_deliveries', { ok: false, code, message, remedy });
  await stops.settled();
  clock.at += 16_000; // a topic that is not there is asked for no more often
  const stopped = await watch.status();
  assert.deepEqual([stopped.state, stopped.tables[0]?.state], ['stopped', 'stopped']);
  assert.deepEqual(stopped.troubles, [
    { severity: 'error', subject: 'bronze_santa_deliveries', code, message, remedy },
  ]);
  stops.tell('bronze_santa_deliveries', { ok: true });
  await stops.settled();
  clock.at += 2_000;
  const { state, troubles } = await watch.status();
  assert.notEqual(state, 'stopped');
  assert.deepEqual(troubles, []);
});

test('one look serves all who ask at once, and whoever asks in the second after it', async () => {
  const { watch, clock, state } = await watching();
  const [first, ...others] = await Promise.all([watch.status(), watch.status(), watch.status()]);
  const { asked } = state;
  for (const other of others) assert.equal(other, first);
  clock.at += 999;
  assert.equal(await watch.status(), first);
  assert.equal(state.asked, asked);
  clock.at += 1;
  assert.notEqual(await watch.status(), first);
});

test('K3 while Postgres is away, or hangs, the rest is shown, and what it said last', async () => {
  const { watch, clock, state, append } = await watching();
  await watch.status();
  for (const away of ['failing', 'hanging'] as const) {
    state.away = away;
    clock.at += 2_000;
    await append(1);
    const { tables, troubles } = await soonerThan(3_500, () => watch.status());
    assert.ok(tables[0]!.lagRecords! > 0, 'the log is still looked at');
    assert.deepEqual(
      troubles.map(({ code }) => code),
      ['MED_STORE_UNAVAILABLE'],
    );
  }
});

test('K1 a log that hangs takes 1.8 s, and what is known without it is shown', async () => {
  const log = {
    partitions: () => new Promise<never>(() => {}),
    committed: async () => new Map(),
    async *read() {},
  };
  const groups = { describe: async () => [], timestampAt: async () => null };
  const { watch } = await watching({ kafka: { log, groups } });
  const began = performance.now();
  const { tables, troubles } = await soonerThan(2_500, () => watch.status());
  const took = performance.now() - began;
  assert.ok(took > 1_700, `${took} ms`);
  assert.equal(tables[0]?.lagRecords, null);
  assert.deepEqual(
    troubles.map(({ code }) => code),
    ['MED_LOG_UNAVAILABLE'],
  );
});

test('a database that was never there is an error with a code', async () => {
  const { watch, state } = await watching();
  state.away = 'failing';
  await assert.rejects(watch.status(), { code: 'MED_STORE_UNAVAILABLE' });
});

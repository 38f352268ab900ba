import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMedallionError } from '@medallion/core';
import { files, jsonLines, pipeline, streamingTable } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { testPipeline } from '@medallion/testkit';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { medallion } from '../../libs/cli/src/index.ts';
import { fileSourceOn } from '../../libs/files/src/file-source.ts';
import { fromFileCheckpoint } from '../../libs/runtime/src/files/file-checkpoint.ts';
import { fromCheckpoint } from '../../libs/runtime/src/protocol/checkpoint.ts';
import { Coordinates, coordinateOf } from '../../libs/runtime/src/protocol/coordinates.ts';
import { fromTrace } from '../../libs/runtime/src/protocol/trace.ts';
import { Journal } from './engine/journal.ts';
import { EVENTS, INPUT, neighbour, worldOf } from './entrances/events.ts';
import { MemoryStorage } from './entrances/memory-storage.ts';

/** What fuzzing has found, each as the promise that was broken. */

const at = { topic: 't', partition: 0 };

test('a file whose row is nested thousands of levels deep loses that row, and no flow', async () => {
  const nested = `{"event_id":"deep","more":${'['.repeat(9_000)}${']'.repeat(9_000)}}`;
  const storage = new MemoryStorage();
  storage.put('in/a', Buffer.from(`{"event_id":"a"}\n${nested}\n{"event_id":"b"}\n`));
  const landed = {
    pattern: '*',
    format: jsonLines(row('Raw', { event_id: string() })),
    key: 'event_id',
    partitions: 1,
  } as const;
  for (const evolution of ['none', 'rescue', 'add_new_columns'] as const) {
    const table = streamingTable('events').from(files('in', { ...landed, evolution }));
    const all = testPipeline(pipeline('p', { tables: [table] }), { files: fileSourceOn(storage, { settleMs: 0 }) });
    const ids = (await all.rows(table)).map(({ event_id }) => event_id);
    const refused = await all.quarantine(table);
    assert.deepEqual(
      ids.filter((id) => id !== 'deep'),
      ['a', 'b'],
      evolution,
    );
    assert.equal(ids.length + refused.length, 3, evolution);
  }
});

test('a foreign record in a quarantine topic, whatever stands in its headers, holds up no commit', async () => {
  const world = worldOf(EVENTS.json.plan, new Journal());
  const headers = {
    ...{
      src: 'bronze_events:0:0:0',
      'medallion.outcome': 'violation',
      'medallion.topic': INPUT,
      'medallion.judged': '1',
    },
    'medallion.violations': '[null, {"expectation": 5}, "x"]',
  };
  await world.test.run();
  await world.put('fuzz.bronze_events.quarantine', [{ key: null, value: null, headers }]);
  await world.put(INPUT, [{ key: null, value: Buffer.from(JSON.stringify(neighbour(0))), headers: {} }]);
  await world.test.run();
  assert.equal((await world.test.rows('gold_per_minute')).length, 1);
});

test('a forged term that is below nothing is no coordinate, and what is known of others can still be copied', () => {
  const src = Buffer.from('bronze_events:0:5:0');
  assert.equal(coordinateOf({ headers: { src, 'medallion.term': Buffer.from('-1') } }), null);
  const coordinates = new Coordinates();
  coordinates.advance(coordinateOf({ headers: { src, 'medallion.term': Buffer.from('7') } })!);
  assert.deepEqual(coordinates.clone().entries(), coordinates.entries());
});

test('of violations in a header those that are none are left out', () => {
  const right = { expectation: 'e', action: 'quarantine', rule: 'r' };
  const violations = Buffer.from(JSON.stringify([null, 1, {}, right, { ...right, rule: [] }]));
  const headers = { 'medallion.outcome': 'violation', 'medallion.topic': 't', 'medallion.violations': violations };
  assert.deepEqual(fromTrace(headers)?.violations, [right]);
});

test('a checkpoint with a part that is none is refused, and the refusal quotes nothing of it', () => {
  for (const part of [
    { w: 'soon' },
    { w: 1e300 },
    { r: -1 },
    { o: [1] },
    { c: { a: 5 } },
    { c: { 'a:0': 'b' } },
    { t: { x: [1, 'b', 2] } },
    { m: {} },
  ])
    assert.throws(
      () => fromCheckpoint({ offset: 0, metadata: JSON.stringify({ v: 1, ...part }) }, 'g', at),
      { code: 'MED_CHECKPOINT_INVALID' },
      JSON.stringify(part),
    );
  for (const part of [{ w: [] }, { f: 5 }, { f: [1, 2] }, { f: [-1, null, 0] }, { f: [0, 'x', 0] }])
    assert.throws(
      () => fromFileCheckpoint({ offset: 0, metadata: JSON.stringify({ v: 1, ...part }) }, 'g', at),
      { code: 'MED_CHECKPOINT_INVALID' },
      JSON.stringify(part),
    );
  assert.throws(
    () => fromCheckpoint({ offset: 0, metadata: 'secret' }, 'g', at),
    (error: Error) => error.message.includes('no JSON') && !error.message.includes('secre'),
  );
});

test('a file of Parquet whose footer lies is refused, and ends neither flow nor process', async () => {
  const whole = Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: 'event_id', data: ['a', 'b'], type: 'STRING' }] }),
  );
  const storage = new MemoryStorage();
  const source = fileSourceOn(storage, { settleMs: 0 });
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  let refused = 0;
  // Every byte of the footer, one after the other, as large as it can be.
  for (let at = footer; at < whole.length - 8; at++) {
    const lying = Buffer.from(whole);
    lying[at] = 0x7f;
    const file = storage.put('in/x', lying);
    try {
      for await (const _ of source.read(file, { kind: 'parquet' }, { row: 0, byte: 0, line: 0 }));
    } catch (error) {
      assert.ok(isMedallionError(error) && error.code === 'MED_FILE_UNREADABLE', `byte ${at}: ${String(error)}`);
      refused++;
    }
  }
  assert.ok(refused > 10, `${refused} were refused`);
});

test('a plan that can reach neither Kafka nor the registry says so, and does not crash', async () => {
  let said = '';
  const say = (text: string): void => {
    said += text;
  };
  const env = { KAFKA_BROKERS: '127.0.0.1:1', KAFKA_SASL_MECHANISM: 'none-of-them', SCHEMA_REGISTRY_PASSWORD: 'x' };
  const streams = { out: () => {}, say };
  assert.equal(
    await medallion(['plan', 'santa-deliveries'], { ...env, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' }, streams),
    2,
  );
  assert.match(said, /MED_CONFIG_INVALID/);
});

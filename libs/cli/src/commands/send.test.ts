import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { loadPipeline } from '@medallion/host';
import { createMemoryLog, MemoryCluster } from '@medallion/testkit';
import { opened, sendLines, sourceOf } from './send.ts';

async function* linesOf(...lines: readonly string[]) {
  yield* lines;
}

test('each line becomes a record as it is, those of one key in one partition; blank lines are none', async () => {
  const cluster = new MemoryCluster();
  cluster.createTopic('sales', 4);
  const lines = ['{"id": "a", "n": 1}', '', 'no JSON', '{"id": "a", "n": 2}', '{"n": 3}', 'null'];
  assert.equal(await sendLines(createMemoryLog(cluster), { topic: 'sales', key: 'id' }, linesOf(...lines)), 5);
  const stored = cluster.topic('sales')!.map((partition) => partition.slice(0, partition.high, 1e9));
  assert.deepEqual(
    stored.flatMap((records) => records.map(({ value }) => String(value))).sort(),
    lines.filter((line) => line !== '').sort(),
  );
  const withKey = stored.filter((records) => records.some(({ key }) => key !== null));
  assert.deepEqual(withKey.length, 1);
  assert.deepEqual(
    withKey[0]!.filter(({ key }) => key !== null).map(({ key, value }) => [String(key), String(value)]),
    [
      ['a', lines[0]],
      ['a', lines[3]],
    ],
  );
});

test('many lines are sent in order', async () => {
  const cluster = new MemoryCluster();
  cluster.createTopic('sales', 1);
  const lines = Array.from({ length: 1_201 }, (_, n) => JSON.stringify({ id: 'a', n }));
  assert.equal(await sendLines(createMemoryLog(cluster), { topic: 'sales', key: 'id' }, linesOf(...lines)), 1_201);
  const [partition] = cluster.topic('sales')!;
  assert.deepEqual(
    partition!.slice(0, partition!.high, 1e9).map(({ value }) => String(value)),
    lines,
  );
});

test('a topic that does not exist is made', async () => {
  const cluster = new MemoryCluster();
  assert.equal(await sendLines(createMemoryLog(cluster), { topic: 'sales', key: 'id' }, linesOf('{"id": 7}')), 1);
  assert.deepEqual(
    cluster.topic('sales')!.reduce((sum, { high }) => sum + high, 0),
    1,
  );
});

test('the topic is the only one that the pipeline reads, or the one that is named; files are none', async () => {
  const santa = await loadPipeline('santa-deliveries');
  assert.equal(sourceOf(santa, undefined).topic, 'santa.deliveries.raw');
  assert.equal(sourceOf(santa, 'santa.deliveries.raw').key, 'delivery_id');
  assert.throws(() => sourceOf(santa, 'santa'), /does not read "santa", only santa.deliveries.raw/);
  const box = await loadPipeline('circuit-box');
  assert.throws(() => sourceOf(box, undefined), /circuit-box reads none: it reads files/);
});

test('a file that cannot be read is told before anything is sent', async () => {
  await assert.rejects(opened('no/such.jsonl'), { code: 'MED_CONFIG_INVALID', message: /--file: ENOENT/ });
  await assert.rejects(opened(import.meta.dirname), { code: 'MED_CONFIG_INVALID', message: /is a folder/ });
  assert.match(await text(await opened(import.meta.filename)), /^import assert/);
});

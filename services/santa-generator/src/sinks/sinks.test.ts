import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import type { AppendBatch, RecordLog } from '@medallion/runtime';
import { partitionOfKey } from '@medallion/runtime';
import { generate } from '../test-support.ts';
import { fileSink, streamSink } from './file-sink.ts';
import { kafkaSink } from './kafka-sink.ts';
import { createPartitioner } from './partitioner.ts';

test('the lines of a clean run are the events, in order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'santa-'));
  try {
    const records = generate(2_500, { quality: 'clean' });
    const sink = await fileSink(join(folder, 'x.jsonl'));
    await sink.write(records.slice(0, 1_000));
    await sink.write(records.slice(1_000));
    await sink.close();
    const lines = (await readFile(join(folder, 'x.jsonl'), 'utf8')).split('\n');
    assert.equal(lines.pop(), '');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      records.map(({ event }) => event),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('also of a hostile run a line is a record: broken ones as they are, tombstones empty', async () => {
  const stream = new PassThrough({ highWaterMark: 1e8 });
  const records = generate(3_000, { quality: 'hostile', rates: { unparseable: 0.1 } });
  await streamSink(stream).write(records);
  const written: Buffer = stream.read();
  const lines = written.toString('latin1').split('\n');
  assert.equal(lines.length, records.length + 1);
  for (const [i, { value }] of records.entries()) {
    assert.equal(lines[i], (value ?? Buffer.alloc(0)).toString('latin1').replaceAll('\n', ' '));
  }
});

test('a closed stream is an error of the write, not of the process', async () => {
  const stream = new PassThrough();
  const sink = streamSink(stream);
  stream.destroy();
  await assert.rejects(sink.write(generate(1)));
});

test('keys keep their partition, keys spread over all, and records without a key take turns', () => {
  const partitionOf = createPartitioner(4);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4_000; i++) {
    const key = Buffer.from(`delivery-${i}`);
    assert.equal(partitionOf(key), partitionOf(key));
    counts[partitionOf(key)]!++;
  }
  assert.ok(
    counts.every((count) => count > 850),
    counts.join(', '),
  );
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => partitionOf(null)),
    [0, 1, 2, 3, 0],
  );
});

/** A log in memory of which the first appends fail as told. */
function memoryLog(failures: readonly MedallionError[] = []) {
  const left = [...failures];
  const appended: AppendBatch[][] = [];
  const calls = { appenders: 0, closed: 0, ensured: [] as string[] };
  let topic: string | null = null;
  const log: Parameters<typeof kafkaSink>[0] = {
    ensureTopics: async (specs) => {
      topic = specs[0]?.topic ?? null;
      calls.ensured.push(...specs.map((spec) => `${spec.topic}/${spec.partitions}`));
    },
    partitions: async (name) =>
      name === topic ? [0, 1, 2, 3].map((partition) => ({ partition, low: 0, high: 0 })) : null,
    appender: async () => {
      calls.appenders++;
      return {
        append: async (batches) => {
          const failure = left.shift();
          if (failure !== undefined) throw failure;
          appended.push([...batches]);
          return batches.map(() => 0);
        },
        close: async () => {
          calls.closed++;
        },
      };
    },
    close: (async () => {}) satisfies RecordLog['close'],
  };
  return { log, appended, calls };
}

const options = { topic: 't', partitions: 4, sleep: async () => {} };

test('a topic gets every record once, by the partition of its key and in order', async () => {
  const { log, appended, calls } = memoryLog();
  const records = generate(5_000, { quality: 'hostile' });
  const sink = await kafkaSink(log, options);
  await sink.write(records);
  await sink.close();
  assert.deepEqual([calls.ensured, calls.appenders, calls.closed], [['t/4'], 1, 1]);
  const perKey = (all: { key: string | null; value: Buffer | null }[]) => Map.groupBy(all, ({ key }) => key);
  const written = appended.flat().flatMap((batch) =>
    batch.records.map(({ key, value }) => {
      if (key !== null) assert.equal(partitionOfKey(key, 4), batch.partition);
      return { key: key === null ? null : String(key), value };
    }),
  );
  const expected = perKey(records.map(({ key, value }) => ({ key, value })));
  const found = perKey(written);
  assert.equal(found.get(null)?.length, expected.get(null)?.length);
  found.delete(null);
  expected.delete(null);
  assert.deepEqual(found, expected);
});

test('batches stay small, a partition has one in an append, and a large record has its own', async () => {
  const { log, appended } = memoryLog();
  const sink = await kafkaSink(log, options);
  await sink.write(generate(60, { quality: 'clean', rates: { oversized: 0.2 } }));
  for (const batches of appended) {
    assert.equal(new Set(batches.map((batch) => batch.partition)).size, batches.length);
    for (const { records } of batches) {
      const bytes = records.reduce((sum, { value }) => sum + value!.length, 0);
      assert.ok(bytes <= 600_000 || records.length === 1, `${records.length} records of ${bytes} bytes`);
    }
  }
});

const failed = () => new MedallionError('MED_APPEND_FAILED', { topic: 't', reason: 'timeout' });

test('an append that failed is tried again with a new appender, until it succeeds', async () => {
  const { log, appended, calls } = memoryLog([failed(), failed(), failed()]);
  const told: string[] = [];
  const sink = await kafkaSink(log, { ...options, onRetry: (error) => told.push(error.code) });
  await sink.write(generate(10));
  assert.equal(appended.flat().flatMap((batch) => batch.records).length, 10);
  assert.deepEqual([calls.appenders, calls.closed, told.length], [4, 3, 3]);
});

test('a topic without a leader yet is asked again; when it stays so the log is closed, or the process would live on', async () => {
  const unavailable = () => new MedallionError('MED_LOG_UNAVAILABLE', { reason: 'NOT_LEADER_FOR_PARTITION' });
  const { log } = memoryLog();
  let failures = 2;
  let closed = 0;
  const slow: typeof log = {
    ...log,
    partitions: async (name) => {
      if (failures-- > 0) throw unavailable();
      return log.partitions(name);
    },
    close: async () => void closed++,
  };
  await (await kafkaSink(slow, options)).write(generate(1));
  assert.equal(closed, 0);
  failures = 99;
  await assert.rejects(kafkaSink(slow, options), { code: 'MED_LOG_UNAVAILABLE' });
  assert.equal(closed, 1);
});

test('a broker that stays away, and an error that no retry mends, end the write', async () => {
  const away = memoryLog(Array.from({ length: 99 }, failed));
  await assert.rejects((await kafkaSink(away.log, options)).write(generate(1)), { code: 'MED_APPEND_FAILED' });
  assert.equal(away.calls.appenders, 10);
  const wrong = memoryLog([
    new MedallionError('MED_RECORD_TOO_LARGE', {
      topic: 't',
      partition: 0,
      offset: 0,
      bytes: 1,
      target: 't',
      limit: 1,
    }),
  ]);
  await assert.rejects((await kafkaSink(wrong.log, options)).write(generate(1)), { code: 'MED_RECORD_TOO_LARGE' });
  assert.equal(wrong.calls.appenders, 1);
});

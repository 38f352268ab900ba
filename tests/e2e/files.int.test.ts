import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { Coordinates, coordinateOf, type LogRecord, type RecordLog } from '@medallion/runtime';
import { createPartitioner } from '@medallion/santa-generator';
import { AvroRows } from '../support/avro-rows.ts';
import { PARTITIONS } from '../support/files-pipeline.ts';
import { createRandom, type Random, seedFrom } from '../support/random.ts';
import { ServiceGroup } from '../support/service-group.ts';
import { topicEnds } from '../support/topic-reader.ts';
import { until } from '../support/until.ts';

// Repeat a run with FILES_SEED; the full one is FILES_COUNT=200 FILES_ROWS=5000 FILES_SECONDS=60.
const seed = seedFrom(process.env.FILES_SEED);
const FILES = Number(process.env.FILES_COUNT || 40);
const ROWS = Number(process.env.FILES_ROWS || 1_000);
/** Files are dropped over this time, while workers are killed. */
const DURATION_MS = Number(process.env.FILES_SECONDS || 9) * 1_000;
const SESSION_TIMEOUT_MS = 3_000;
/** A slow machine has to read all of it. */
const CATCH_UP_MS = 120_000 + (FILES * ROWS) / 2;
const LONG_ROWS = 60_000;
const NAME = `files-proof-${process.pid}`;
const TABLE = `${NAME}.bronze_orders`;
const TOPICS = { rows: TABLE, traces: `${TABLE}.quarantine`, files: `${TABLE}.files`, group: TABLE };

const { kafkaBrokers, schemaRegistryUrl } = await testStack();

type Line = { readonly text: string; readonly what: 'row' | 'violation' | 'unparseable' };

/** A file's lines: rows, some without an id, some that are no JSON. */
function linesOf(file: number, rows: number, random: Random): readonly Line[] {
  return Array.from({ length: rows }, (_, n): Line => {
    const dice = random.between(0, 100);
    if (dice < 1) return { text: `{"order_id": "cut off ${n}`, what: 'unparseable' };
    const order_id = dice < 2 ? '' : `o${Math.floor(random.between(0, 5_000))}`;
    const text = JSON.stringify({ order_id, file, n, amount: n / 4, note: 'x'.repeat(80) });
    return { text, what: order_id === '' ? 'violation' : 'row' };
  });
}

describe(`files, each row once (FILES_SEED=${seed})`, () => {
  const random = createRandom(seed);
  const landing = mkdtempSync(join(tmpdir(), 'medallion-landing-'));
  const logs = mkdtempSync(join(tmpdir(), 'medallion-files-logs-'));
  const expected = new Map<string, Line>();
  const started = performance.now();
  const tell = (line: string): void =>
    console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  let log: RecordLog;
  let workers: ServiceGroup;
  let failed = true;

  before(() => {
    mkdirSync(join(landing, 'orders'));
    log = createKafkaLog({ brokers: kafkaBrokers, clientId: 'files-test', log: silentLog });
    const env = {
      ...{ KAFKA_BROKERS: kafkaBrokers.join(','), SCHEMA_REGISTRY_URL: schemaRegistryUrl, PIPELINES: NAME },
      ...{ LANDING_URL: landing, FILES_SETTLE_MS: '300', SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) },
    };
    const main = new URL('../support/files-worker.ts', import.meta.url);
    workers = new ServiceGroup('bronze-ingest', env, logs, main);
  });
  after(async () => {
    await workers.stop();
    await log.close();
    rmSync(landing, { recursive: true, force: true });
    if (failed) console.log(`the workers' logs are kept in ${logs}`);
    else rmSync(logs, { recursive: true, force: true });
  });

  /** Half of the files appear whole, half are written in place, with pauses. */
  const drop = async (file: number, rows: number): Promise<void> => {
    const name = `${String(file).padStart(4, '0')}.json`;
    const path = join(landing, 'orders', name);
    const lines = linesOf(file, rows, random);
    lines.forEach((line, n) => {
      expected.set(`orders/${name} ${n}`, line);
    });
    const text = `${lines.map((line) => line.text).join('\n')}\n`;
    if (random.between(0, 2) < 1) {
      writeFileSync(`${path}.tmp`, text);
      renameSync(`${path}.tmp`, path);
      return;
    }
    const handle = await open(path, 'w');
    for (let at = 0; at < 3; at++) {
      const third = Math.ceil(text.length / 3);
      await handle.write(text.slice(at * third, (at + 1) * third));
      await delay(60);
    }
    await handle.close();
  };

  const caughtUp = async (timeoutMs: number): Promise<void> => {
    const files = new Set([...expected.keys()].map((key) => key.split(' ')[0]));
    let state = '';
    await until(
      'every file is read',
      async () => {
        // In this order: an end that was read before the last file was named would be reached too soon.
        const named = new Set((await readAll(TOPICS.files)).flat().map(({ key }) => String(key)));
        const ends = await topicEnds(log, TOPICS.files);
        const committed = await log.committed(TOPICS.group, TOPICS.files);
        const open = ends.filter((end, partition) => (committed.get(partition)?.offset ?? 0) < end);
        state = `${named.size} of ${files.size} files named, ${open.length} partitions not at their ends`;
        return named.size === files.size && open.length === 0 ? true : null;
      },
      { timeoutMs, everyMs: 500, describe: () => state, giveUp: () => workers.assertAlive() },
    );
  };

  const readAll = async (topic: string): Promise<readonly (readonly LogRecord[])[]> => {
    const ends = await topicEnds(log, topic);
    return Promise.all(
      ends.map(async (_, partition) => {
        const records: LogRecord[] = [];
        for await (const batch of log.read({ topic, partition }, 0)) records.push(...batch);
        return records;
      }),
    );
  };

  /** What a reader that keeps to the protocol takes of each partition: only what is greater than all before (P3). */
  const seen = async (topic: string): Promise<{ readonly taken: readonly LogRecord[][]; readonly written: number }> => {
    const partitions = await readAll(topic);
    const taken = partitions.map((records) => {
      const coordinates = new Coordinates();
      return records.filter((record) => coordinates.advance(coordinateOf(record)!));
    });
    return { taken, written: partitions.flat().length };
  };

  test('files are dropped while workers are killed', async () => {
    await workers.scale(2);
    await until('a worker is ready', async () => ((await log.partitions(TOPICS.files)) === null ? null : true), {
      timeoutMs: 300_000,
      giveUp: () => workers.assertAlive(),
    });
    const began = performance.now();
    let kills = 0;
    const kill = async (): Promise<void> => {
      while (performance.now() - began < DURATION_MS) {
        await delay(random.between(1_500, 4_500));
        await workers.kill(random.pick(workers.instances));
        kills++;
      }
    };
    const feed = async (): Promise<void> => {
      for (let file = 0; file < FILES; file++) {
        await delay(Math.max(0, began + (file / FILES) * DURATION_MS - performance.now()));
        await drop(file, ROWS);
      }
    };
    await Promise.all([kill(), feed()]);
    tell(`${FILES} files of ${ROWS} rows dropped, ${kills} workers killed`);
    await caughtUp(CATCH_UP_MS);
    tell('caught up');
    assert.ok(kills >= 3, `${kills} kills`);
  });

  test('every row of every file is in the table once, every refused one in quarantine, in the partition of its key', async () => {
    const rows = await seen(TOPICS.rows);
    const traces = await seen(TOPICS.traces);
    const avro = new AvroRows(schemaRegistryUrl);
    const partitionOf = createPartitioner(PARTITIONS);
    const left = new Map(expected);
    for (const [partition, records] of rows.taken.entries())
      for (const { key, value } of records) {
        const row = await avro.decode(value!);
        const place = `${row.source_file} ${row.source_row}`;
        const line = left.get(place);
        assert.equal(line?.what, 'row', `${place} is there once, as a row`);
        left.delete(place);
        const { order_id, file, n, amount, note } = row;
        assert.deepEqual({ order_id, file: Number(file), n: Number(n), amount, note }, JSON.parse(line.text));
        assert.equal(String(key), order_id);
        assert.equal(partitionOf(key), partition);
      }
    for (const { headers, value } of traces.taken.flat()) {
      const place = `${headers.file} ${headers.row}`;
      const line = left.get(place);
      assert.equal(String(headers['medallion.outcome']), line?.what, place);
      assert.equal(String(value), line?.text);
      left.delete(place);
    }
    assert.deepEqual([...left.keys()], [], 'nothing is missing');
    const taken = rows.taken.flat().length + traces.taken.flat().length;
    tell(`${taken} records taken, ${rows.written + traces.written - taken} repetitions skipped`);
  });

  test('a worker that is told to stop within a long file stops at once, and the next one goes on inside it', async () => {
    await drop(9_999, LONG_ROWS);
    const rowsNow = async () => (await topicEnds(log, TOPICS.rows)).reduce((sum, end) => sum + end, 0);
    const before = await rowsNow();
    await until('the long file is being read', async () => ((await rowsNow()) > before + 1_000 ? true : null), {
      timeoutMs: 300_000,
      everyMs: 50,
      giveUp: () => workers.assertAlive(),
    });
    const endings = await workers.stop();
    const reached = (await rowsNow()) - before;
    tell(`both workers stopped after ${reached} rows of the long file`);
    assert.deepEqual(
      endings.map(({ code }) => code),
      [0, 0],
    );
    const inLong = [...expected].filter(
      ([place, { what }]) => place.startsWith('orders/9999.') && what === 'row',
    ).length;
    assert.ok(reached < inLong, 'they did not go on to its end');
    const opened = workers.logged('"row":');
    await workers.scale(1);
    await caughtUp(CATCH_UP_MS);
    assert.ok(workers.logged('"row":') > opened);
    const inside = workers.instances[0]!.log().filter(({ msg, row }) => msg === 'partition opened' && Number(row) > 0);
    assert.equal(inside.length, 1, 'one partition was opened inside the long file');
    const { taken, written } = await seen(TOPICS.rows);
    const long = taken.flat().filter((record) => coordinateOf(record)!.offset % 1e9 >= ROWS).length;
    assert.ok(long > 0);
    const place = (record: LogRecord) => coordinateOf(record)!;
    const expectedRows = [...expected.values()].filter(({ what }) => what === 'row').length;
    assert.equal(new Set(taken.flat().map((r) => `${place(r).partition}:${place(r).offset}`)).size, expectedRows);
    assert.equal(taken.flat().length, expectedRows);
    tell(`${written - taken.flat().length} repetitions in all`);
    failed = false;
  });
});

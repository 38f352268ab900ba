import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { instant, minutes, systemClock } from '@medallion/core';
import { AUDIT, type StepPlan } from '@medallion/pipeline';
import {
  type AppendBatch,
  type AskedFor,
  backfill,
  backfillsOf,
  partitionOfKey,
  type RecordLog,
} from '@medallion/runtime';
import { MemoryFiles, seeded } from '@medallion/testkit';
import fc from 'fast-check';
import {
  field,
  flow,
  keyedTable,
  pipelineOf,
  rule,
  schemaOf,
  streamingTable,
} from '../../libs/runtime/src/fixtures/plans.ts';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** Backfills that are killed, repeated and meet, on ports in memory, while the services run. */

const RAW = 'raw';
const OLD = 'old';
const PARTITIONS = 2;
const NOW = Date.now();

const declared = schemaOf(field('id', 'string'), field('at', 'timestamp'), field('n', 'long'));
const audit = [
  field(AUDIT.rescued, 'string'),
  field(AUDIT.ingestedAt, 'timestamp'),
  field(AUDIT.topic, 'string'),
  field(AUDIT.offset, 'long'),
];
const stored = schemaOf(...declared.fields, ...audit);
const judge: StepPlan = {
  kind: 'judge',
  expectations: [rule('has_id', 'quarantine', ({ id }) => id !== '')],
};
const orders = streamingTable('shop', 'orders', stored, [flow('orders', { topic: RAW, declared }, [judge])]);
const eventTime: StepPlan = {
  kind: 'event_time',
  column: 'at',
  watermarkDelayMs: minutes(1),
  maxFutureSkewMs: minutes(60),
};
const checked = streamingTable('shop', 'checked', stored, [flow('checked', { table: 'orders' }, [eventTime])], {
  eventTime: { column: 'at', watermarkDelayMs: minutes(1) },
});
const latest = keyedTable('shop', 'latest', declared, 'checked');
const plan = pipelineOf('shop', [orders, checked, latest]);

type Order = { readonly id: string; readonly at: string; readonly n: number };
/** Of twelve keys, so that old and new changes of one key meet. */
const order = (n: number, atMs: number): Order => ({
  id: `k${n % 12}`,
  at: new Date(atMs + n * 1_000).toISOString(),
  n,
});

async function sendKeyed(engine: MemoryEngine, topic: string, partition: number, values: readonly Order[]) {
  const appender = await engine.log.appender();
  const records = values.map((value) => ({
    ...{ key: Buffer.from(value.id), value: Buffer.from(JSON.stringify(value)), headers: { trace: 'x' } },
  }));
  await appender.append([{ topic, partition, records }]);
  await appender.close();
}

/** A log on which appends crash now and then, and which keeps what was appended for a zombie to append again. */
function faulty(log: RecordLog, appended: (readonly AppendBatch[])[], fails: () => boolean): RecordLog {
  return {
    ...log,
    appender: async () => {
      const appender = await log.appender();
      return {
        append: async (batches) => {
          if (fails()) throw new Error('killed before');
          appended.push(batches);
          const offsets = await appender.append(batches);
          await turn(undefined);
          if (fails()) throw new Error('killed after');
          return offsets;
        },
        close: () => appender.close(),
      };
    },
  };
}

const fromTopic: AskedFor = { kind: 'topic', topic: OLD, from: null, to: null };
const fromFiles: AskedFor = { kind: 'files', url: 'mem', pattern: '*.json', format: { kind: 'json_lines' } };

async function killedBackfills(seed: number): Promise<void> {
  const random = seeded(seed);
  const oldPartitions = 1 + Math.floor(random() * 3);
  const engine = new MemoryEngine(plan, { [RAW]: PARTITIONS, [OLD]: oldPartitions }, random);
  const files = new MemoryFiles({
    batchRows: 1 + Math.floor(random() * 4),
    fails: () => engine.faults && random() < 0.1,
  });
  const running = { bronze: engine.start('bronze'), silver: engine.start('silver') };
  engine.start('gold');
  try {
    const fresh = Array.from({ length: 20 }, (_, n) => order(n, NOW - 3_600_000));
    const older = Array.from({ length: 30 }, (_, n) => order(1_000 + n, NOW - 90_000_000));
    const oldest = Array.from({ length: 25 }, (_, n) => order(2_000 + n, NOW - 180_000_000));
    // With as many partitions the keys are divided as in the table's source; with others they are divided anew.
    for (const each of fresh) await sendKeyed(engine, RAW, partitionOfKey(Buffer.from(each.id), PARTITIONS), [each]);
    for (const each of older) await sendKeyed(engine, OLD, partitionOfKey(Buffer.from(each.id), oldPartitions), [each]);
    files.put('a.json', [...oldest.slice(0, 9), { ...order(9_000, NOW), id: '' }], instant(1));
    files.put('b.json', ['no row', ...oldest.slice(9)], instant(1));
    engine.faults = true;
    const appended: (readonly AppendBatch[])[] = [];
    const asks = [
      { id: 'topic', from: fromTopic },
      { id: 'files', from: fromFiles },
    ];
    const attempt = async (id: string, from: AskedFor, fails: () => boolean) =>
      backfill(
        {
          ...{ log: faulty(engine.log, appended, fails), plan, clock: systemClock, files },
          sleep: async () => {},
          reachedEveryMs: random() * 3,
        },
        { id, by: 'test', table: 'orders', from },
      );
    for (let i = 0; i < 14; i++) {
      const { id, from } = asks[i < 7 ? 0 : 1]!;
      const fails = () => random() < 0.12;
      await Promise.allSettled(
        random() < 0.3 ? [attempt(id, from, fails), attempt(id, from, fails)] : [attempt(id, from, fails)],
      );
      if (appended.length > 0 && random() < 0.4) {
        const zombie = await engine.log.appender();
        await zombie.append(appended[Math.floor(random() * appended.length)]!).catch(() => {});
      }
      for (let turns = 0; turns < random() * 20; turns++) await turn(undefined);
      if (random() < 0.3) {
        await running.bronze.stop();
        running.bronze = engine.start('bronze');
      }
    }
    engine.faults = false;
    for (const { id, from } of asks) await attempt(id, from, () => false);
    for (const { id, from } of asks) assert.equal((await attempt(id, from, () => false)).ended, 'before');
    assert.deepEqual(
      (await backfillsOf(engine.log, plan)).map(({ backfill: { id }, end }) => [id, end]),
      [
        ['topic', { records: 30, abandoned: false }],
        ['files', { records: 27, abandoned: false }],
      ],
    );
    const expected = [...fresh, ...older, ...oldest].map(({ n }) => n).toSorted((a, b) => a - b);
    const written = async (table: { topic: string }) =>
      (await engine.rows(table.topic, stored)).map(({ row }) => Number(row.n)).toSorted((a, b) => a - b);
    await soon('every row is there', async () => (await written(checked)).length >= expected.length);
    assert.deepEqual(await written(orders), expected, 'each row once');
    assert.deepEqual(await written(checked), expected, 'each row once, in what reads the table');
    const counted = (table: string, outcome: string) =>
      engine.database.counts.reduce(
        (sum, count) =>
          count.kind === 'records' && count.table === table && count.outcome === outcome ? sum + count.records : sum,
        0,
      );
    await soon('gold counts them', () => counted('checked', 'accepted') === expected.length);
    await soon(
      'gold counts what is refused',
      () => counted('orders', 'violation') + counted('orders', 'unparseable') === 2,
    );
    assert.deepEqual(
      [
        counted('orders', 'accepted'),
        counted('orders', 'violation'),
        counted('orders', 'unparseable'),
        counted('orders', 'foreign'),
      ],
      [expected.length, 1, 1, 0],
    );
    // Older changes do not displace newer ones, whenever they come (C1): the table is a function of the set of changes.
    const newest = [...Map.groupBy([...fresh, ...older, ...oldest], ({ id }) => id).values()].map(
      (changes) => changes.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]!.n,
    );
    const kept = () => (engine.database.rows('latest') ?? []).map(({ n }) => Number(n));
    await soon('the keyed table is up to date', () => kept().toSorted().join() === newest.toSorted().join());
  } finally {
    await engine.stop();
  }
}

test('B1 B2 B3 B4 B5 backfills that are killed, meet and repeat bring every record once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => killedBackfills(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 12), endOnFailure: true },
  );
});

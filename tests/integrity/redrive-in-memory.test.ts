import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { minutes } from '@medallion/core';
import { AUDIT, type StepPlan } from '@medallion/pipeline';
import { type AppendBatch, originalName, type RecordLog, type RedriveStore, redrive } from '@medallion/runtime';
import { MemoryRedrives, seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { field, flow, pipelineOf, rule, schemaOf, streamingTable } from '../../libs/runtime/src/fixtures/plans.ts';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** Redrives that crash, repeat and meet, on ports in memory. */

const RAW = 'raw';
const PARTITIONS = 2;
const NOW = Date.now();

const declared = schemaOf(field('id', 'string'), field('at', 'timestamp'), field('good', 'string'));
const audit = [
  field(AUDIT.rescued, 'string'),
  field(AUDIT.ingestedAt, 'timestamp'),
  field(AUDIT.partition, 'int'),
  field(AUDIT.offset, 'long'),
];
const stored = schemaOf(...declared.fields, ...audit);
const orders = streamingTable('shop', 'orders', stored, [flow('orders', { topic: RAW, declared })]);
const judge: StepPlan = {
  kind: 'judge',
  expectations: [rule('is_good', 'quarantine', ({ good }) => good === 'yes')],
};
const eventTime: StepPlan = {
  kind: 'event_time',
  column: 'at',
  watermarkDelayMs: minutes(1),
  maxFutureSkewMs: minutes(60),
};
const dedupe: StepPlan = { kind: 'dedupe', by: 'id', withinMs: minutes(10) };
const checkedBy = (steps: readonly StepPlan[]) =>
  streamingTable('shop', 'checked', stored, [flow('checked', { table: 'orders' }, steps)], {
    eventTime: { column: 'at', watermarkDelayMs: minutes(1) },
  });
const checked = checkedBy([judge, eventTime, dedupe]);
const strict = pipelineOf('shop', [orders, checked]);
const mended = pipelineOf('shop', [orders, checkedBy([eventTime, dedupe])]);

const order = (n: number, good: boolean) => ({
  ...{ id: `o${n}`, at: new Date(NOW - 60_000 + n * 100).toISOString(), good: good ? 'yes' : 'no' },
});

/** A store whose answers, or whose calls, are lost now and then; a lost process lets go of its lock. */
function faulty(store: RedriveStore, fails: () => boolean): RedriveStore {
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    if (fails()) throw new Error('crash');
    const done = await work();
    await turn(undefined);
    if (fails()) throw new Error('crash');
    return done;
  };
  return {
    exclusively: (work) => store.exclusively(work),
    chosen: (limit) => around(() => store.chosen(limit)),
    unnumbered: (claims) => store.unnumbered(claims),
    claim: (claims, by) => around(() => store.claim(claims, by)),
    unsent: (id, limit) => around(() => store.unsent(id, Math.min(limit, 3))),
    sent: (ids) => around(() => store.sent(ids)),
  };
}

/** A log that keeps what was appended, so that a process which was taken for dead can append it again. */
function remembering(log: RecordLog, appended: (readonly AppendBatch[])[]): RecordLog {
  return {
    ...log,
    appender: async () => {
      const appender = await log.appender();
      return {
        append: (batches) => {
          appended.push(batches);
          return appender.append(batches);
        },
        close: () => appender.close(),
      };
    },
  };
}

async function crashingRedrives(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = new MemoryEngine(strict, { [RAW]: PARTITIONS }, random);
  const redrives = new MemoryRedrives(engine.database);
  engine.start('bronze');
  engine.start('gold');
  let silver = engine.start('silver');
  try {
    const all = Array.from({ length: 40 }, (_, n) => order(n, random() < 0.4));
    for (const [n, each] of all.entries()) await engine.send(RAW, n % PARTITIONS, [each]);
    const bad = all.filter(({ good }) => good === 'no').length;
    const refused = () => engine.database.quarantined.filter(({ outcome }) => outcome === 'violation');
    await soon('all that is bad is refused', () => refused().length === bad);
    await silver.stop();
    silver = engine.start('silver', {}, mended);
    engine.faults = true;
    const appended: (readonly AppendBatch[])[] = [];
    const attempt = (fails: () => boolean) => {
      const some = random();
      const store = redrives.store('shop', ({ offset }) => (offset * 7919) % 101 < some * 101);
      return redrive(remembering(engine.log, appended), mended, faulty(store, fails), { by: 'test' });
    };
    for (let i = 0; i < 12; i++) {
      const fails = () => random() < 0.15;
      await Promise.allSettled(random() < 0.3 ? [attempt(fails), attempt(fails)] : [attempt(fails)]);
      if (appended.length > 0 && random() < 0.4) {
        const zombie = await engine.log.appender();
        await zombie.append(appended[Math.floor(random() * appended.length)]!).catch(() => {});
      }
      for (let turns = 0; turns < random() * 20; turns++) await turn(undefined);
      if (random() < 0.3) {
        await silver.stop();
        silver = engine.start('silver', {}, mended);
      }
    }
    engine.faults = false;
    await redrive(engine.log, mended, redrives.store('shop'), { by: 'test' });
    const written = async () => (await engine.rows(checked.topic, stored)).map(({ row }) => row.id).toSorted();
    const expected = all.map(({ id }) => id).toSorted();
    await soon('every row is there', async () => (await written()).length >= expected.length);
    const again = await redrive(engine.log, mended, redrives.store('shop'), { by: 'test' });
    assert.deepEqual([again.flows, again.sent], [[], 0]);
    await soon('what was redriven is processed', () => caughtUp(engine));
    assert.deepEqual(await written(), expected, 'each row once, redriven or not');
    const counted = () =>
      engine.database.counts.reduce(
        (sum, count) =>
          count.kind === 'records' && count.table === 'checked' && count.outcome === 'accepted'
            ? sum + count.records
            : sum,
        0,
      );
    await soon('gold counts them', () => counted() === expected.length);
    assert.deepEqual(
      new Set(engine.database.quarantined.map(({ flow: by }) => originalName(by ?? ''))),
      new Set(bad > 0 ? ['checked'] : []),
    );
  } finally {
    await engine.stop();
  }
}

async function caughtUp(engine: MemoryEngine): Promise<boolean> {
  const topic = 'shop.checked.redrive';
  const ranges = (await engine.log.partitions(topic)) ?? [];
  const committed = await engine.log.committed('shop.checked.redrive', topic);
  return ranges.every(({ partition, high }) => high === 0 || committed.get(partition)?.offset === high);
}

test('R1 R2 R3 R4 redrives that crash, meet and repeat give every record to its flow once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => crashingRedrives(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 12), endOnFailure: true },
  );
});

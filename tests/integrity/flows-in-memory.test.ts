import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { minutes } from '@medallion/core';
import type { StepPlan } from '@medallion/pipeline';
import { seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { flow, pipelineOf, streamingTable } from '../../libs/runtime/src/fixtures/plans.ts';
import { MemoryEngine } from '../support/memory-engine.ts';
import { order, orders, PARTITIONS, RAW, stored } from '../support/orders-table.ts';
import { soon } from '../support/soon.ts';

/** Flows on ports in memory, through the code that the services run. */

const only = (wanted: string): StepPlan => ({ kind: 'where', text: wanted, test: (row) => row.kind === wanted });
const dedupe: StepPlan = { kind: 'dedupe', by: 'id', withinMs: minutes(10) };
const eventTime: StepPlan = {
  kind: 'event_time',
  column: 'at',
  watermarkDelayMs: minutes(1),
  maxFutureSkewMs: minutes(60),
};

const filtered = streamingTable(
  'shop',
  'filtered',
  stored,
  ['pending', 'completed'].map((name) =>
    flow(`filtered.${name}`, { table: 'orders' }, [only(name), eventTime, dedupe]),
  ),
  { eventTime: { column: 'at', watermarkDelayMs: minutes(1) } },
);
const shop = pipelineOf('shop', [orders, filtered]);

/** The first of each identity and flow, as a reader of the whole input would keep them. */
async function expectedRows(engine: MemoryEngine): Promise<readonly string[]> {
  const seen = new Set<string>();
  return (await engine.rows(orders.topic, orders.schema))
    .filter(({ row }) => row.kind === 'pending' || row.kind === 'completed')
    .filter(({ row, partition }) => {
      const identity = `${partition} ${row.kind} ${row.id}`;
      if (seen.has(identity)) return false;
      seen.add(identity);
      return true;
    })
    .map(({ row, partition }) => `${row.kind} ${row.id} ${partition}`);
}

async function appendFlows(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = new MemoryEngine(shop, { [RAW]: PARTITIONS }, random);
  engine.faults = true;
  engine.start('bronze');
  let silver = engine.start('silver');
  try {
    for (let round = 0; round < 10; round++) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        // One identity in four was there before, of the same kind or the other.
        const orders = Array.from({ length: 12 }, (_, i) => {
          const n = round * 12 + i;
          return random() < 0.25 ? { ...order(n), id: `o${Math.floor(random() * n)}` } : order(n);
        });
        await engine.send(RAW, partition, orders);
      }
      for (let i = 0; i < random() * 40; i++) await turn(undefined);
      if (random() < 0.5) {
        await silver.stop();
        silver = engine.start('silver');
      }
    }
    engine.faults = false;
    await soon('both flows at the end', () =>
      ['filtered.pending', 'filtered.completed'].every(
        (name) => engine.checkpointed(name) === engine.size(orders.topic) && engine.checkpointed('orders') === 240,
      ),
    );
    const written = (await engine.rows(filtered.topic, stored)).map(({ src, row, partition }) => {
      assert.equal(src.split(':')[0], `filtered.${row.kind}`, 'the flow of its kind wrote it');
      return `${row.kind} ${row.id} ${partition}`;
    });
    assert.deepEqual(written.toSorted(), (await expectedRows(engine)).toSorted());
  } finally {
    await engine.stop();
  }
}

test('F6 two flows into one table each write their rows exactly once, and restore their own state only', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => appendFlows(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 6), endOnFailure: true },
  );
});

test('F6 gold counts the rows of each flow of a table by itself', async () => {
  const engine = new MemoryEngine(shop, { [RAW]: PARTITIONS });
  for (const layer of ['bronze', 'silver', 'gold'] as const) engine.start(layer);
  await engine.send(RAW, 0, [order(0), order(1), order(2), order(2), order(4, { at: 'never' })]);
  await engine.send(RAW, 1, [order(3)]);
  const of = (name: string) =>
    engine.database.counts.flatMap((count) =>
      count.kind === 'records' && count.flow === name ? [`${count.partition} ${count.outcome} ${count.records}`] : [],
    );
  const all = () => ['orders', 'filtered.pending', 'filtered.completed'].map((name) => of(name).toSorted());
  const expected = [
    ['0 accepted 5', '1 accepted 1'],
    ['0 accepted 3', '0 duplicate 1'],
    ['0 accepted 1', '1 accepted 1'],
  ];
  try {
    await soon('counts', () => JSON.stringify(all()) === JSON.stringify(expected)).catch(() => {});
    assert.deepEqual(all(), expected);
  } finally {
    await engine.stop();
  }
});

const history = streamingTable('shop', 'history', stored, [flow('history', { table: 'orders' }, [], true)]);

async function onceOnly(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = new MemoryEngine(pipelineOf('shop', [orders, history]), { [RAW]: PARTITIONS }, random);
  try {
    engine.start('bronze');
    const first = Math.floor(random() * 60);
    await engine.send(
      RAW,
      0,
      Array.from({ length: first }, (_, i) => order(i)),
    );
    await soon('bronze', () => engine.checkpointed('orders') === first);
    engine.faults = true;
    // It begins, and is stopped and started while more comes.
    let silver = engine.start('silver', { maxBatchBytes: 200 });
    for (let i = 0; i < 10 + random() * 100; i++) await turn(undefined);
    const sent = [...engine.cluster.group('shop.history').checkpoints].length > 0;
    await engine.send(RAW, 0, [order(100), order(101)]);
    await engine.send(RAW, 1, [order(102)]);
    await silver.stop();
    silver = engine.start('silver');
    engine.faults = false;
    await silver.done;
    const rows = (await engine.rows(history.topic, stored)).length;
    // A flow that was stopped before its first checkpoint had not begun.
    assert.ok(sent ? rows === first : rows >= first && rows <= first + 3, `${rows} rows, ${first} at first`);
    assert.deepEqual(engine.conditions.get('history'), { ok: true });

    await engine.send(RAW, 0, [order(103)]);
    await soon('bronze', () => engine.checkpointed('orders') === first + 4);
    await engine.start('silver').done;
    assert.equal((await engine.rows(history.topic, stored)).length, rows, 'never again');
  } finally {
    await engine.stop();
  }
}

test('F5 a flow that runs once ends at the end that its input had when it first began, for good', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => onceOnly(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 10), endOnFailure: true },
  );
});

test('F5 several instances of a flow that runs once end together', async () => {
  const engine = new MemoryEngine(pipelineOf('shop', [orders, history]), { [RAW]: PARTITIONS });
  try {
    const bronze = engine.start('bronze');
    for (const partition of [0, 1])
      await engine.send(
        RAW,
        partition,
        [1, 2, 3].map((i) => order(i)),
      );
    await soon('bronze', () => engine.checkpointed('orders') === 6);
    await bronze.stop();
    await Promise.all([1, 2, 3].map(() => engine.start('silver').done));
    assert.equal((await engine.rows(history.topic, stored)).length, 6);
  } finally {
    await engine.stop();
  }
});

test('F7 until caught up, each layer ends when it has processed what was there, later flows after earlier ones', async () => {
  const copy = streamingTable('shop', 'copy', stored, [flow('copy', { table: 'filtered' }, [])]);
  const plan = pipelineOf('shop', [orders, filtered, copy]);
  const engine = new MemoryEngine(plan, { [RAW]: PARTITIONS });
  const until = { until: 'caught up', maxBatchBytes: 200 } as const;
  try {
    for (const sent of [40, 0, 7]) {
      await engine.send(
        RAW,
        1,
        Array.from({ length: sent }, (_, i) => order(i + sent)),
      );
      for (const layer of ['bronze', 'silver', 'gold'] as const) await engine.start(layer, until).done;
      const bronze = engine.size(RAW);
      assert.deepEqual(
        [orders, filtered, copy].map(({ topic }) => engine.size(topic)),
        [bronze, bronze, bronze],
      );
      const ends = plan.tables.flatMap((table) => (table.kind === 'streaming_table' ? [table.topic] : []));
      const next = engine.database.leases.reduce((sum, lease) => sum + lease.next, 0);
      assert.equal(
        next,
        ends.reduce((sum, topic) => sum + engine.size(topic), 0),
        'gold is at the ends',
      );
    }
  } finally {
    await engine.stop();
  }
});

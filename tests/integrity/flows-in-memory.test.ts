import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { minutes } from '@medallion/core';
import { AUDIT, type StepPlan } from '@medallion/pipeline';
import { decide, decisionsTopicOf, fromTrace, HEADER } from '@medallion/runtime';
import fc from 'fast-check';
import { field, flow, pipelineOf, rule, schemaOf, streamingTable } from '../../libs/runtime/src/fixtures/plans.ts';
import { MemoryEngine, soon } from '../support/memory-engine.ts';
import { seeded } from '../support/seeded.ts';

/** Flows on ports in memory, through the code that the services run. */

const RAW = 'raw';
const PARTITIONS = 2;
const NOW = Date.now();

const id = field('id', 'string');
const at = field('at', 'timestamp');
const kind = field('kind', 'string');
const declared = schemaOf(id, at, kind);
const audit = [
  field(AUDIT.rescued, 'string'),
  field(AUDIT.ingestedAt, 'timestamp'),
  field(AUDIT.partition, 'int'),
  field(AUDIT.offset, 'long'),
];
const stored = schemaOf(...declared.fields, ...audit);
const orders = streamingTable('shop', 'orders', stored, [flow('orders', { topic: RAW, declared })]);

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

const order = (i: number, over: object = {}) => ({
  id: `o${i}`,
  at: new Date(NOW - 600_000 + i * 1000).toISOString(),
  kind: i % 2 === 0 ? 'pending' : 'completed',
  ...over,
});

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

const strictFlow = flow('strict', { table: 'orders' }, [
  {
    kind: 'judge',
    expectations: [rule('known', 'fail', (row) => row.kind !== 'odd'), rule('early', 'warn', () => false)],
  },
]);
const strict = streamingTable('shop', 'strict', stored, [strictFlow]);
const strictShop = pipelineOf('shop', [orders, strict]);

test('F1 F4 a stopped flow goes on a moment after the decision to skip its record, which is quarantined', async () => {
  const engine = new MemoryEngine(strictShop, { [RAW]: PARTITIONS });
  try {
    engine.start('bronze');
    engine.start('silver');
    await engine.send(RAW, 0, [order(0), order(1, { kind: 'odd' }), order(2), order(3, { kind: 'odd' })]);
    const stoppedAt = (offset: number) =>
      soon(`stopped at ${offset}`, () => {
        const condition = engine.conditions.get('strict');
        return condition?.ok === false && condition.message.includes(`shop.orders[0] offset ${offset} broke known`);
      });
    await stoppedAt(1);
    assert.deepEqual([engine.size(strict.topic), engine.size(strict.quarantineTopic)], [1, 0]);
    assert.equal(engine.checkpointed('strict'), 1);

    const skip = (offset: number) =>
      decide(engine.log, strictShop, NOW as never, {
        ...{ flow: 'strict', at: { topic: orders.topic, partition: 0, offset } },
        ...{ decision: 'skip', by: 'ann', reason: `test ${offset}` },
      });
    await skip(1);
    await stoppedAt(3);
    await skip(3);
    await soon('the end', () => engine.checkpointed('strict') === 4);
    assert.deepEqual(engine.conditions.get('strict'), { ok: true });
    assert.equal(engine.size(strict.topic), 2);
    const traces = engine.records(strict.quarantineTopic);
    assert.deepEqual(
      traces.map(({ headers }) => {
        const { outcome, offset, violations, judged } = fromTrace(headers)!;
        return [outcome, offset, violations.map(({ expectation }) => expectation), judged];
      }),
      [1, 3].map((offset) => ['violation', offset, ['known', 'early'], true]),
    );
    assert.equal(
      String(traces[0]!.headers[HEADER.decided]),
      `skipped by ann at ${new Date(NOW).toISOString()}: test 1`,
    );
    assert.match(fromTrace(traces[1]!.headers)!.reason, /broke known, early; skipped by ann .*: test 3$/);
  } finally {
    await engine.stop();
  }
});

test('F4 a replay from any checkpoint decides as the first run did', async () => {
  const engine = new MemoryEngine(strictShop, { [RAW]: PARTITIONS }, seeded(7));
  try {
    engine.start('bronze');
    await engine.send(
      RAW,
      0,
      Array.from({ length: 30 }, (_, i) => order(i, i % 10 === 5 ? { kind: 'odd' } : {})),
    );
    for (const offset of [5, 15, 25])
      await decide(engine.log, strictShop, NOW as never, {
        ...{ flow: 'strict', at: { topic: orders.topic, partition: 0, offset }, decision: 'skip', by: 'b', reason: '' },
      });
    engine.faults = true;
    const silver = engine.start('silver');
    for (let i = 0; i < 300; i++) await turn(undefined);
    engine.faults = false;
    await soon('the end', () => engine.checkpointed('strict') === 30);
    await silver.stop();
    assert.equal(engine.records(strict.topic).length, 27);
    assert.equal(engine.records(strict.quarantineTopic).length, 3);
    // Every repetition in the log says what the first said: nothing is both a row and a trace.
    const offsets = (topic: string) =>
      new Set(
        engine.cluster.topic(topic)!.flatMap((log) => log.slice(0, log.high, 1e9).map((r) => String(r.headers.src))),
      );
    assert.equal(offsets(strict.topic).intersection(offsets(strict.quarantineTopic)).size, 0);
  } finally {
    await engine.stop();
  }
});

test('F4 resume lets a stopped flow try again once, by its record or by its name', async () => {
  let mended = false;
  const steps: StepPlan[] = [
    { kind: 'judge', expectations: [rule('known', 'fail', (row) => mended || row.kind !== 'odd')] },
  ];
  const plan = pipelineOf('shop', [orders, { ...strict, flows: [flow('strict', { table: 'orders' }, steps)] }]);
  const engine = new MemoryEngine(plan, { [RAW]: PARTITIONS });
  const at = { topic: orders.topic, partition: 0, offset: 1 };
  const resume = (place: typeof at | null) =>
    decide(engine.log, plan, NOW as never, { flow: 'strict', at: place, decision: 'resume', by: 'ann', reason: '' });
  const seen: boolean[] = [];
  try {
    engine.start('bronze');
    engine.start('silver');
    const set = engine.conditions.set.bind(engine.conditions);
    engine.conditions.set = (name, condition) => {
      if (name === 'strict') seen.push(condition.ok);
      return set(name, condition);
    };
    await engine.send(RAW, 0, [order(0), order(1, { kind: 'odd' }), order(2)]);
    await soon('stopped', () => seen.at(-1) === false);
    const tries = seen.length;
    await resume(at);
    await soon('tried again', () => seen.length === tries + 2 && seen.at(-1) === false);
    for (let i = 0; i < 100; i++) await turn(undefined);
    assert.equal(seen.length, tries + 2, 'one decision, one try');
    mended = true;
    await resume(null);
    await soon('the end', () => engine.checkpointed('strict') === 3);
    assert.equal(engine.size(strict.topic), 3);
  } finally {
    await engine.stop();
  }
});

test('F9 F4 a flow that a threshold stopped goes on after a decision, also when it is a restart that finds it', async () => {
  const known = {
    ...rule('known', 'quarantine', (row) => row.kind !== 'odd'),
    threshold: { moreThan: 0.25, ofMs: minutes(600_000), atLeast: 4 },
  };
  const steps: StepPlan[] = [{ kind: 'judge', expectations: [known] }];
  const plan = pipelineOf('shop', [orders, { ...strict, flows: [flow('strict', { table: 'orders' }, steps)] }]);
  const engine = new MemoryEngine(plan, { [RAW]: PARTITIONS });
  const stopped = (offset: number) =>
    soon(`stopped before ${offset}`, () => {
      const condition = engine.conditions.get('strict');
      return condition?.ok === false && condition.message.includes(`offset ${offset}: of 4 rows, 2 broke known`);
    });
  try {
    engine.start('bronze');
    await engine.send(
      RAW,
      0,
      Array.from({ length: 9 }, (_, i) => order(i, i % 2 === 1 ? { kind: 'odd' } : {})),
    );
    let silver = engine.start('silver');
    await stopped(4);
    await silver.stop();
    engine.conditions.clear();
    silver = engine.start('silver');
    await stopped(4);
    for (const offset of [4, 8]) {
      await stopped(offset);
      await decide(engine.log, plan, NOW as never, {
        ...{ flow: 'strict', at: { topic: orders.topic, partition: 0, offset } },
        ...{ decision: 'resume', by: 'ann', reason: 'known' },
      });
    }
    await soon('the end', () => engine.checkpointed('strict') === 9);
    assert.deepEqual([engine.size(strict.topic), engine.size(strict.quarantineTopic)], [5, 4]);
  } finally {
    await engine.stop();
  }
});

test('F4 a decision about no flow of the pipeline, or to skip no record, is refused', async () => {
  const engine = new MemoryEngine(strictShop, { [RAW]: PARTITIONS });
  const wrong = { code: 'MED_DECISION_INVALID' };
  const base = { at: null, by: 'ann', reason: '' };
  await assert.rejects(decide(engine.log, strictShop, NOW as never, { ...base, flow: 'x', decision: 'resume' }), wrong);
  await assert.rejects(
    decide(engine.log, strictShop, NOW as never, { ...base, flow: 'strict', decision: 'skip' }),
    wrong,
  );
  assert.equal(engine.size(decisionsTopicOf('shop')), 0);
});

test('F8 in development the layer fails at the first error; until caught up, at one that needs a person', async () => {
  for (const [over, development] of [
    [{}, true],
    [{ until: 'caught up' }, false],
  ] as const) {
    const engine = new MemoryEngine({ ...strictShop, development }, { [RAW]: PARTITIONS });
    try {
      await engine.send(RAW, 0, [order(0), order(1, { kind: 'odd' })]);
      await engine.start('bronze', { until: 'caught up' }).done;
      await assert.rejects(engine.start('silver', over).done, { code: 'MED_EXPECTATION_FAILED' });
    } finally {
      await engine.stop();
    }
  }
});

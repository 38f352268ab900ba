import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { minutes } from '@medallion/core';
import type { StepPlan } from '@medallion/pipeline';
import { decide, decisionsTopicOf, fromTrace, HEADER, StopNotes } from '@medallion/runtime';
import { seeded } from '@medallion/testkit';
import { flow, pipelineOf, rule, streamingTable } from '../../libs/runtime/src/fixtures/plans.ts';
import { MemoryEngine } from '../support/memory-engine.ts';
import { NOW, order, orders, PARTITIONS, RAW, stored } from '../support/orders-table.ts';
import { soon } from '../support/soon.ts';

/** Flows that stop at a record, and what people decide of it; on ports in memory. */

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
    const noted = async () =>
      (await new StopNotes('shop', engine.log).notes())?.map(({ flow: name, code }) => [name, code]) ?? [];
    await soon('F12 the note', async () => (await noted()).length === 1);
    assert.deepEqual(await noted(), [['strict', 'MED_EXPECTATION_FAILED']]);
    assert.deepEqual([engine.up.get('orders'), engine.up.get('strict')], [true, false]);
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
    await soon('F12 no note', async () => (await noted()).length === 0);
    assert.equal(engine.up.get('strict'), true);
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

test('F4 a decision about no flow of the pipeline, a topic that it does not read, or no record, is refused', async () => {
  const engine = new MemoryEngine(strictShop, { [RAW]: PARTITIONS });
  const wrong = { code: 'MED_DECISION_INVALID' };
  const base = { at: null, by: 'ann', reason: '' };
  await assert.rejects(decide(engine.log, strictShop, NOW as never, { ...base, flow: 'x', decision: 'resume' }), wrong);
  await assert.rejects(
    decide(engine.log, strictShop, NOW as never, { ...base, flow: 'strict', decision: 'skip' }),
    wrong,
  );
  const elsewhere = { ...base, at: { topic: RAW, partition: 0, offset: 1 }, flow: 'strict', decision: 'skip' } as const;
  await assert.rejects(
    decide(engine.log, strictShop, NOW as never, elsewhere),
    /the flow "strict" reads shop\.orders, not/,
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

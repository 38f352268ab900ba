import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { hours, noMetrics } from '@medallion/core';
import type { KeyedTablePlan, StepPlan } from '@medallion/pipeline';
import type { RunningFlow } from '@medallion/runtime';
import fc from 'fast-check';
import { rule } from '../../libs/runtime/src/fixtures/plans.ts';
import {
  type AnyChange,
  type Counted,
  countedBy,
  countedIn,
  difference,
  type OracleRule,
} from '../support/count-oracle.ts';
import { changes, keyedPipeline, keyedTable } from '../support/keyed-plan.ts';
import { Sender } from '../support/keyed-sender.ts';
import { World } from '../support/keyed-world.ts';

/** Rules before changes by key count what a batch run counts, whatever happens to the flows (see World). */

const RULES: readonly OracleRule[] = [
  { name: 'noted', action: 'warn', holds: ({ note }) => note !== null },
  { name: 'not_bad', action: 'quarantine', holds: ({ name }) => name !== 'Bad' },
  { name: 'not_odd', action: 'drop', holds: ({ note }) => note !== 'odd' },
];
const leftOut = ({ name }: { readonly name: unknown }) => name === 'Nobody';

const steps: readonly StepPlan[] = [
  {
    kind: 'judge',
    expectations: RULES.map(({ name, action, holds }) => rule(name, action, (row) => holds(row as AnyChange))),
  },
  { kind: 'where', text: 'not nobody', test: (row) => !leftOut(row as AnyChange) },
];
const tableOf = (storedAs: 1 | 2): KeyedTablePlan => {
  const table = keyedTable(storedAs);
  return { ...table, flow: { ...table.flow, steps } };
};

const anyChange: fc.Arbitrary<AnyChange> = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  seq: fc.oneof(
    { weight: 15, arbitrary: fc.integer({ min: 0, max: 12 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  gone: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  name: fc.constantFrom('Alice', 'Bob', 'Bad', 'Nobody', null),
  note: fc.constantFrom('x', 'y', 'odd', null),
});
const anyHow = fc.record({ cuts: fc.boolean(), compacts: fc.boolean() });
const anyChanges = fc.array(anyChange, { minLength: 1, maxLength: 300, size: 'max' });

/** The last record of each partition comes once more, as after a retry of who wrote it. */
function repeatLast(world: World): void {
  for (const [partition, log] of world.cluster.topic(changes.topic)!.entries()) {
    const last = log.slice(log.high - 1, log.high, 1e9);
    if (last.length > 0) world.cluster.append([{ topic: changes.topic, partition, records: last }]);
  }
}

/** Whether gold is at the ends of the table's topics. */
const isCopied = (world: World, table: KeyedTablePlan): boolean =>
  [table.changelogTopic, table.quarantineTopic].every((topic) =>
    world.cluster.topic(topic)!.every(({ high }, partition) => {
      const lease = world.database.leases.find((each) => each.topic === topic && each.partition === partition);
      return high === 0 || lease?.next === high;
    }),
  );

async function copied(world: World, table: KeyedTablePlan): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!isCopied(world, table)) {
    if (Date.now() > deadline) throw new Error(`not copied: ${world.trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function settled(world: World, table: KeyedTablePlan): Promise<void> {
  const deadline = Date.now() + 120_000;
  const done = () => {
    const { checkpoints } = world.cluster.group(`keyed.${table.name}`);
    return world.cluster.topic(changes.topic)!.every(({ high }, partition) => {
      return high === 0 || checkpoints.get(`${partition} ${changes.topic}`)?.offset === high;
    });
  };
  while (!done() || !isCopied(world, table)) {
    if (Date.now() > deadline) throw new Error(`not settled: ${world.trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * After an append that was cut, records that did nothing may be told apart otherwise: one that said what was known has
 * been overtaken since. Where what the cut left is compacted away before the flow goes on, which takes a day, so may those
 * that did something (L5).
 */
function blurred({ records, rules }: Counted, compacts: boolean): Counted {
  const { accepted = 0, deleted = 0, unchanged = 0, superseded = 0, ...rest } = records;
  const nothing = unchanged + superseded;
  const known = compacts ? { applied: accepted + deleted + nothing } : { accepted, deleted, nothing };
  return { records: { ...rest, ...known }, rules };
}

type How = { readonly cuts: boolean; readonly compacts: boolean };

async function play(seed: number, storedAs: 1 | 2, sent: readonly AnyChange[], how: How): Promise<void> {
  const { cuts, compacts } = how;
  const world = new World(seed, true);
  world.cuts = cuts;
  const { random } = world;
  const table = tableOf(storedAs);
  const plan = keyedPipeline(table);
  const sender = new Sender(world);
  const running: RunningFlow[] = [world.start('silver', plan, 'first')];
  const gold = world.start('gold', plan, 'gold');
  try {
    for (let at = 0; at < sent.length; ) {
      const size = 1 + Math.floor(random() * 20);
      await sender.send(sent.slice(at, at + size));
      at += size;
      if (random() < 0.3) repeatLast(world);
      const what = random();
      if (what < 0.2) world.expel(table);
      else if (what < 0.4 && running.length < 3) running.push(world.start('silver', plan, `at ${at}`));
      else if (what < 0.5) await running.splice(Math.floor(random() * running.length), 1)[0]?.stop();
      else if (what < 0.6 && compacts) world.compact(table);
      for (let i = 0; i < random() * 30; i++) {
        await turn(undefined);
        assert.equal(difference(countedIn(table.name, world.database.counts)), 0, 'balanced at any moment');
      }
    }
    world.faults = false;
    running.push(world.start('silver', plan, 'last'));
    await settled(world, table);
    const expected = countedBy(sent, storedAs, RULES, leftOut);
    const found = countedIn(table.name, world.database.counts);
    if (cuts) assert.deepEqual(blurred(found, compacts), blurred(expected, compacts));
    else assert.deepEqual(found, expected);
    const { violation = 0, dropped = 0 } = expected.records;
    assert.equal(world.database.quarantined.length, violation + dropped);
  } finally {
    world.faults = false;
    await Promise.all([...running, gold].map((flow) => flow.stop()));
  }
}

for (const storedAs of [1, 2] as const)
  test(`L1 L2 L4 a table of type ${storedAs} counts records and rules as a batch run does, whatever happens`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), anyChanges, anyHow, (seed, sent, how) => play(seed, storedAs, sent, how)),
      { numRuns: Number(process.env.INTEGRITY_RUNS ?? 8), endOnFailure: true },
    );
  });

test('L1 rows that are all unchanged are counted, although they make no record', async () => {
  const world = new World(1, false);
  const table = tableOf(1);
  const plan = keyedPipeline(table);
  const sender = new Sender(world);
  const running = ['silver', 'gold'].map((layer) => world.start(layer as 'silver', plan, layer));
  try {
    const change: AnyChange = { id: 'a', seq: 1, gone: false, name: 'Alice', note: null };
    await sender.send([change]);
    await settled(world, table);
    await sender.send([change, change, change]);
    await settled(world, table);
    const { records, rules } = countedIn(table.name, world.database.counts);
    assert.deepEqual(records, { read: 4, accepted: 1, unchanged: 3 });
    assert.deepEqual(rules.noted, [4, 4, 0]);
  } finally {
    await Promise.all(running.map((flow) => flow.stop()));
  }
});

test('L4 F9 metrics and counts agree, and so does what a threshold has seen, before and after a restart', async () => {
  const world = new World(1, false);
  const live: Record<string, number> = {};
  world.metrics = {
    flow: ({ table }) => ({
      ...noMetrics.flow({ pipeline: 'keyed', table }),
      expectation: (name, result, n) => {
        live[`${table} ${name} ${result}`] = (live[`${table} ${name} ${result}`] ?? 0) + n;
      },
    }),
  };
  const table = tableOf(1);
  const threshold = { moreThan: 0.5, atLeast: 4, ofMs: hours(24 * 365) };
  const limited = steps.map((step) =>
    step.kind === 'judge'
      ? {
          ...step,
          expectations: step.expectations.map((each) => (each.name === 'not_bad' ? { ...each, threshold } : each)),
        }
      : step,
  );
  const plan = keyedPipeline({ ...table, flow: { ...table.flow, steps: limited } });
  const sender = new Sender(world);
  const stopped = () => world.trouble.includes('MED_THRESHOLD_EXCEEDED');
  const gold = world.start('gold', plan, 'gold');
  let silver = world.start('silver', plan, 'silver');
  try {
    const change = (seq: number, name: string): AnyChange => ({ id: 'a', seq, gone: false, name, note: null });
    // After the fifth, three of five are bad: the sixth is not judged.
    await sender.send(['Alice', 'Nobody', 'Bad', 'Bad', 'Bad', 'Alice'].map((name, seq) => change(seq, name)));
    for (const start of ['first', 'again']) {
      const deadline = Date.now() + 120_000;
      while (!stopped() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2));
      assert.ok(stopped(), `${start}: ${world.trouble}`);
      world.trouble = '';
      await silver.stop();
      if (start === 'first') silver = world.start('silver', plan, 'silver again');
    }
    await copied(world, table);
    const { records, rules } = countedIn(table.name, world.database.counts);
    assert.deepEqual(records, { read: 5, accepted: 1, filtered: 1, violation: 3 });
    assert.deepEqual(rules, { noted: [5, 5, 0], not_bad: [5, 3, 3], not_odd: [5, 0, 0] });
    for (const [name, [judged, failed]] of Object.entries(rules)) {
      assert.equal(live[`${table.name} ${name} failed`] ?? 0, failed);
      assert.equal(live[`${table.name} ${name} passed`] ?? 0, judged! - failed!);
    }
  } finally {
    await Promise.all([silver, gold].map((flow) => flow.stop()));
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { JoinPlan, KeyedTablePlan, StepPlan, StreamingTablePlan } from '@medallion/pipeline';
import { Coordinates, coordinateOf, type RunningFlow, TERM_HEADER } from '@medallion/runtime';
import { string } from '@medallion/schema';
import fc from 'fast-check';
import { rule } from '../../libs/runtime/src/fixtures/plans.ts';
import { ChangelogReader, inOrder } from '../support/changelog-reader.ts';
import { countedIn, difference } from '../support/count-oracle.ts';
import { history, overwritten, type SentChange } from '../support/keyed-oracle.ts';
import { changes, keyedPipeline, keyedTable } from '../support/keyed-plan.ts';
import { Sender } from '../support/keyed-sender.ts';
import { World } from '../support/keyed-world.ts';

/**
 * Flows whose verdicts are others each time that they judge, as at worst those that join with a table that changes: what
 * was decided first stays, for whoever reads, also when somebody who has lost the partition writes on (P9, P10, L3).
 */

const known = keyedTable(1);
const join: JoinPlan = {
  ...{ kind: 'join', table: known.name, mode: 'latest', type: 'left', on: ['id'] },
  columns: [{ from: 'name', field: { name: 'known_name', type: string().type, nullable: true } }],
};

/** Tables whose flows toss a coin for each row. */
function tablesOf(storedAs: 1 | 2, random: () => number) {
  const steps: readonly StepPlan[] = [
    join,
    { kind: 'judge', expectations: [rule('lucky', 'quarantine', () => random() < 0.6)] },
  ];
  const table = keyedTable(storedAs, { name: 'tossed', changelogTopic: 'keyed.tossed.changelog' });
  const keyed: KeyedTablePlan = {
    ...{ ...table, quarantineTopic: 'keyed.tossed.quarantine' },
    flow: { ...table.flow, name: 'tossed', steps },
  };
  const streamed: StreamingTablePlan = {
    ...{ ...changes, name: 'streamed', layer: 'silver', topic: 'keyed.streamed' },
    quarantineTopic: 'keyed.streamed.quarantine',
    flows: [{ ...table.flow, name: 'streamed', steps }],
  };
  return { keyed, streamed };
}

const anyChange: fc.Arbitrary<SentChange> = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  seq: fc.integer({ min: 0, max: 40 }),
  gone: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  name: fc.constantFrom('Alice', 'Bob', null),
  note: fc.constantFrom('x', 'y', null),
});
const anyChanges = fc.array(anyChange, { minLength: 20, maxLength: 200, size: 'max' });

async function settled(world: World, tables: readonly { name: string; topics: readonly string[] }[]): Promise<void> {
  const deadline = Date.now() + 120_000;
  const high = (topic: string, partition: number) => world.cluster.topic(topic)?.[partition]?.high ?? 0;
  const isDone = () =>
    [0, 1].every((partition) =>
      tables.every(({ name, topics }) => {
        const checkpoint = world.cluster.group(`keyed.${name}`).checkpoints.get(`${partition} ${changes.topic}`);
        return (
          (checkpoint?.offset ?? 0) === high(changes.topic, partition) &&
          topics.every((topic) => {
            const lease = world.database.leases.find((each) => each.topic === topic && each.partition === partition);
            return (lease?.next ?? 0) === high(topic, partition);
          })
        );
      }),
    );
  while (!isDone()) {
    if (Date.now() > deadline) throw new Error(`not settled: ${world.trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The places of the records that count in a topic, and how many do not although nothing of them was seen before. */
function placesIn(world: World, topic: string): { readonly places: readonly string[]; readonly fenced: number } {
  let fenced = 0;
  const places = world.cluster.topic(topic)!.flatMap((log) => {
    const [counted, any] = [new Coordinates(), new Coordinates()];
    return log.slice(log.low, log.high, 1e9).flatMap((record) => {
      const coordinate = coordinateOf(record)!;
      const { term: _, ...anyTerm } = coordinate;
      const counts = counted.advance(coordinate);
      if (record.headers[TERM_HEADER.fence] === undefined && any.advance(anyTerm) && !counts) fenced++;
      return counts ? [`${coordinate.partition}:${coordinate.offset}`] : [];
    });
  });
  return { places, fenced };
}

async function play(seed: number, storedAs: 1 | 2, sent: readonly SentChange[]): Promise<number> {
  const world = new World(seed, true);
  const { random } = world;
  world.slowness = 0.8;
  const { keyed, streamed } = tablesOf(storedAs, random);
  const plan = { ...keyedPipeline(known, keyed), tables: [changes, known, keyed, streamed] };
  const sender = new Sender(world);
  const places: string[] = [];
  const running: RunningFlow[] = [world.start('silver', plan, 'first')];
  const gold = world.start('gold', plan, 'gold');
  try {
    for (let at = 0; at < sent.length; ) {
      const batch = sent.slice(at, at + 1 + Math.floor(random() * 20));
      places.push(...(await sender.places(batch)));
      at += batch.length;
      const what = random();
      if (what < 0.6) for (const table of [keyed, streamed]) world.expel(table);
      else if (what < 0.7 && running.length < 3) running.push(world.start('silver', plan, `at ${at}`));
      else if (what < 0.8 && running.length > 1) await running.shift()?.stop();
      for (let i = 0; i < random() * 40; i++) await turn(undefined);
    }
    world.faults = false;
    running.push(world.start('silver', plan, 'last'));
    await settled(world, [
      { name: known.name, topics: [] },
      { name: keyed.name, topics: [keyed.changelogTopic, keyed.quarantineTopic] },
      { name: streamed.name, topics: [streamed.topic, streamed.quarantineTopic] },
    ]);

    const rows = placesIn(world, streamed.topic);
    const traces = placesIn(world, streamed.quarantineTopic);
    assert.deepEqual([...rows.places, ...traces.places].toSorted(), places.toSorted(), 'each is a row or a trace');

    const quarantined = world.database.quarantined.filter(({ table }) => table === keyed.name);
    const refused = new Set(quarantined.map(({ partition, offset }) => `${partition}:${offset}`));
    const kept = sent.filter((_, i) => !refused.has(places[i]!));
    const reader = await new ChangelogReader(keyed, world.log, world.codecs).read();
    assert.deepEqual(
      reader.sorted(),
      inOrder(storedAs === 1 ? overwritten(kept) : history(kept)),
      'what is not refused',
    );
    const counted = countedIn(keyed.name, world.database.counts);
    assert.equal(counted.records.read, sent.length);
    assert.equal(counted.records.violation ?? 0, quarantined.length);
    assert.equal(difference(counted), 0);
    assert.deepEqual(counted.rules.lucky, [sent.length, quarantined.length, quarantined.length]);
    // What can be no row any more is refused without a verdict.
    const { records, rules } = countedIn(streamed.name, world.database.counts);
    const { accepted = 0, violation = 0, derive_failed: late = 0 } = records;
    assert.equal(accepted + violation + late, sent.length);
    assert.deepEqual(rules.lucky, [accepted + violation, violation, violation]);
    return rows.fenced + traces.fenced + placesIn(world, keyed.quarantineTopic).fenced;
  } finally {
    world.faults = false;
    await Promise.all([...running, gold].map((flow) => flow.stop()));
  }
}

for (const storedAs of [1, 2] as const)
  test(`P9 P10 L3 what was judged stays so, in streams and in tables of type ${storedAs}, whoever else writes`, async () => {
    let fenced = 0;
    const runs = async (numRuns: number): Promise<void> =>
      fc.assert(
        fc.asyncProperty(fc.integer(), anyChanges, async (seed, sent) => {
          fenced += await play(seed, storedAs, sent);
        }),
        { numRuns, endOnFailure: true },
      );
    await runs(Number(process.env.INTEGRITY_RUNS ?? 6));
    // What this is about happens in most runs, and has to have been seen.
    for (let more = 0; fenced === 0 && more < 60; more++) await runs(1);
    assert.ok(fenced > 0, 'nobody wrote after he had lost the partition');
  });

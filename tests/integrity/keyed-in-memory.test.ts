import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { KeyedTablePlan } from '@medallion/pipeline';
import type { RunningFlow } from '@medallion/runtime';
import fc from 'fast-check';
import { ChangelogReader, inOrder } from '../support/changelog-reader.ts';
import { history, type OracleRow, overwritten, type SentChange } from '../support/keyed-oracle.ts';
import { keyedPipeline, keyedTable } from '../support/keyed-plan.ts';
import { Sender } from '../support/keyed-sender.ts';
import { caughtUp, World } from '../support/keyed-world.ts';

/**
 * The table that a reader of the changelog sees is the oracle's, whatever goes wrong (see World): for a reader that
 * follows, and for one that begins when all is compacted.
 */

const oracle = (table: KeyedTablePlan, sent: readonly SentChange[]): OracleRow[] =>
  inOrder(table.storedAs === 1 ? overwritten(sent) : history(sent));

const anyChange = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  seq: fc.integer({ min: 0, max: 100 }),
  gone: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  name: fc.constantFrom('Alice', 'Bob', null),
  note: fc.constantFrom('x', 'y', null),
});
const repeated = fc.integer({ min: 0, max: 6 }).map((n) => n === 0);
/** Up to 80 changes for each of 5 keys, a fifth deletes, a seventh repeated, in any order. */
const anyChanges = fc
  .array(fc.tuple(anyChange, repeated), { minLength: 1, maxLength: 400, size: 'max' })
  .chain((drawn) => {
    const all = drawn.flatMap(([change, twice]) => (twice ? [change, change] : [change]));
    return fc.shuffledSubarray(all, { minLength: all.length });
  });

async function play(seed: number, storedAs: 1 | 2, sent: readonly SentChange[]): Promise<number> {
  const world = new World(seed, true);
  const running: RunningFlow[] = [];
  try {
    return await run(world, running, keyedTable(storedAs), sent);
  } finally {
    world.faults = false;
    await Promise.all(running.map((flow) => flow.stop()));
  }
}

async function run(
  world: World,
  running: RunningFlow[],
  table: KeyedTablePlan,
  sent: readonly SentChange[],
): Promise<number> {
  const { random } = world;
  const sender = new Sender(world);
  const follower = new ChangelogReader(table, world.log, world.codecs);
  running.push(world.start('silver', keyedPipeline(table), 'first'));
  for (let at = 0; at < sent.length; ) {
    const size = 1 + Math.floor(random() * 30);
    await sender.send(sent.slice(at, at + size));
    at += size;
    const what = random();
    if (what < 0.2) world.expel(table);
    else if (what < 0.4 && running.length < 3) running.push(world.start('silver', keyedPipeline(table), `at ${at}`));
    else if (what < 0.5) await running.splice(Math.floor(random() * running.length), 1)[0]?.stop();
    else if (what < 0.6) world.compact(table);
    for (let i = 0; i < random() * 30; i++) await turn(undefined);
    await follower.read();
  }
  world.faults = false;
  running.push(world.start('silver', keyedPipeline(table), 'last'));
  await caughtUp(world, table, sender.total);
  // Whatever zombie is left writes what it had in hand; the next owner finds it.
  for (let i = 0; i < 20; i++) await turn(undefined);
  await Promise.all(running.splice(0).map((flow) => flow.stop()));
  running.push(world.start('silver', keyedPipeline(table), 'after all'));
  // A change for each partition, so that both were opened when it is done.
  await sender.send(['y', 'z'].map((id) => ({ id, seq: 1, gone: true, name: null, note: null })));
  await caughtUp(world, table, sender.total);
  const expected = oracle(table, sent);
  assert.deepEqual((await follower.read()).sorted(), expected, 'a reader that follows');
  for (const log of world.cluster.topic(table.changelogTopic) ?? []) log.compact(log.high, true);
  assert.deepEqual(
    (await new ChangelogReader(table, world.log, world.codecs).read()).sorted(),
    expected,
    'a reader that begins',
  );
  return follower.strays;
}

for (const storedAs of [1, 2] as const)
  test(`C1 K1 K4 K5 K6 a table of type ${storedAs} equals the sorted run, whatever happens to its writers`, async () => {
    let strays = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), anyChanges, async (seed, sent) => {
        strays += await play(seed, storedAs, sent);
      }),
      { numRuns: Number(process.env.INTEGRITY_RUNS ?? 12), endOnFailure: true },
    );
    assert.ok(strays > 0, 'no writer stood in the way of another');
  });

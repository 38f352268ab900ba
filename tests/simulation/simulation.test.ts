import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { chanceOf, drawScenario, play } from '@medallion/testkit';
import { runSeeds } from './run-seeds.ts';
import { WORLDS } from './worlds.ts';

const SEEDS = 2_000;

test(`I1 to I5 hold in ${SEEDS} simulated runs of whole pipelines, which nobody has seen before`, {
  timeout: 840_000,
}, async (t) => {
  const first = randomInt(2 ** 31);
  // Those of the larger worlds take longer.
  const pipelines = WORLDS.flatMap(({ name, size }) => (size === undefined ? [name, name, name] : [name]));
  const { played, tookMs, broken } = await runSeeds({ pipelines, first, count: SEEDS });
  t.diagnostic(`seeds ${first} to ${first + played - 1}, ${((played * 1_000) / tookMs).toFixed(0)} a second`);
  assert.deepEqual(
    broken.map(({ pipeline, seed, violations }) => ({
      replay: `npm run simulate -- --seed ${seed} --pipeline ${pipeline}`,
      violations: violations.slice(0, 3),
    })),
    [],
  );
  assert.equal(played, SEEDS);
});

for (const world of WORLDS)
  test(`a seed of ${world.name} is the same run every time, to the byte of its trace`, async () => {
    const chance = chanceOf(randomInt(2 ** 31), 'seeds');
    for (let time = 0; time < 3; time++) {
      const seed = chance.whole(0, 2 ** 31);
      const scenario = drawScenario(seed, world);
      assert.deepEqual(drawScenario(seed, world), scenario, `seed ${seed}`);
      const first = await play(scenario, world, { trace: true });
      // Other runs in between leave nothing behind.
      await play(drawScenario(seed + 1, world), world);
      const again = await play(scenario, world, { trace: true });
      assert.ok(first.trace.length > 20, `seed ${seed}: ${first.trace.length} lines`);
      assert.deepEqual(again.trace, first.trace, `seed ${seed}`);
      assert.deepEqual({ ...again, trace: [] }, { ...first, trace: [] });
      // What is written down changes nothing.
      assert.equal((await play(scenario, world)).digest, first.digest, `seed ${seed}`);
    }
  });

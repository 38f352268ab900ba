import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chanceOf } from '@medallion/testkit';
import { CATALOGUE } from './mutants/catalogue.ts';
import { mutated, pathOf } from './mutants/mutate.ts';
import { PlayerProcess } from './mutants/player-process.ts';
import { runMutants } from './mutants/run-mutants.ts';
import { WORLDS } from './worlds.ts';

/** In nearly every run of a quick one something must be seen. */
const QUICK_SEEDS = 20;

test('the place of each mutant stands in its module exactly once, and reads otherwise in it', () => {
  assert.ok(CATALOGUE.length >= 20, `${CATALOGUE.length} mutants`);
  assert.equal(new Set(CATALOGUE.map(({ name }) => name)).size, CATALOGUE.length);
  for (const mutant of CATALOGUE) {
    const source = readFileSync(pathOf(mutant), 'utf8');
    assert.notEqual(mutated(mutant, source), source, mutant.name);
    assert.ok(
      mutant.pipeline === undefined || WORLDS.some(({ name }) => name === mutant.pipeline),
      `${mutant.name}: ${mutant.pipeline}`,
    );
  }
});

test('a mutant whose place is not there, or not alone, is an error and no mutant', () => {
  const mutant = { name: 'm', breaks: 'P1', file: 'f.ts', find: 'a + b', replace: 'a - b' };
  assert.equal(mutated(mutant, 'return a + b;'), 'return a - b;');
  assert.throws(() => mutated(mutant, 'return a - b;'), /stands 0 times in f\.ts/);
  assert.throws(() => mutated(mutant, 'a + b; a + b;'), /stands 2 times in f\.ts/);
  // What is put in is text, whatever signs are in it.
  assert.equal(mutated({ ...mutant, replace: "$&$'" }, 'a + b'), "$&$'");
});

test('a mutant that does not load is no mutant that was caught', async () => {
  const player = new PlayerProcess({ ...CATALOGUE[0]!, name: 'none of the catalogue' });
  await assert.rejects(player.play(WORLDS[0]!.name, 1), /did not start/);
});

test('three mutants are caught, by seeds in which all promises hold without them', {
  timeout: 1_200_000,
}, async (t) => {
  const first = randomInt(2 ** 31);
  const chance = chanceOf(first, 'mutants');
  const quick = CATALOGUE.filter((mutant) => mutant.quick);
  assert.ok(quick.length >= 3);
  const mutants = Array.from({ length: 3 }, () => quick.splice(chance.whole(0, quick.length - 1), 1)[0]!);
  const runs = await runMutants({ mutants, first, seeds: QUICK_SEEDS });
  for (const { mutant, played, caught } of runs) {
    t.diagnostic(`${mutant.name}: seed ${caught?.seed}, the ${played}th, by ${caught?.violation.invariant}`);
    assert.ok(caught !== null, `${mutant.name} from seed ${first} on`);
    // It is the promise that is broken, not the process that could not go on.
    assert.notEqual(caught.violation.invariant, 'process');
  }
});

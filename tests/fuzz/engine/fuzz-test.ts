import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { Entrance } from './fuzz.ts';

/** So many of each entrance in `npm test`. */
const CASES = 2_000;

/** A test of an entrance, with other cases in every run; a failure names the seed. */
export function fuzzTest(entrance: Entrance): void {
  test(`${entrance.about}: ${CASES} hostile ones do no harm`, async (t) => {
    const seed = randomInt(0x7fff_ffff);
    t.diagnostic(`--entrance ${entrance.name} --seed ${seed}`);
    const { cases, fates } = await entrance.fuzz({ cases: CASES, seed });
    assert.ok(cases >= CASES, `only ${cases} cases`);
    assert.ok(fates.size > 1, `all of them met one fate: ${[...fates.keys()].join()}`);
  });
}

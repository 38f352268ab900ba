import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { Entrance, Fuzzed } from './fuzz.ts';

/** So many of each entrance in `npm test`. */
const CASES = 2_000;

/** A test of an entrance, with other cases in every run; a failure names the seed. `check` looks at all of it in the end. */
export function fuzzTest(entrance: Entrance, check: (fuzzed: Fuzzed) => void = () => {}): void {
  test(`${entrance.about}: ${CASES} hostile ones do no harm`, async (t) => {
    const seed = randomInt(0x7fff_ffff);
    t.diagnostic(`--entrance ${entrance.name} --seed ${seed}`);
    const fuzzed = await entrance.fuzz({ cases: CASES, seed });
    const { cases, fates } = fuzzed;
    assert.ok(cases >= CASES, `only ${cases} cases`);
    assert.ok(fates.size > 1, `all of them met one fate: ${[...fates.keys()].join()}`);
    check(fuzzed);
  });
}

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { Entrance, Fuzzed } from './fuzz.ts';

/** So many of each entrance in `npm test`. */
const CASES = 2_000;

/**
 * A test of an entrance, with other cases in every run; a failure names the seed. Fewer `cases` where each costs much and another
 * entrance has its share of them; `check` looks at all of it in the end.
 */
export function fuzzTest(
  entrance: Entrance,
  {
    cases: most = CASES,
    check = () => {},
  }: { readonly cases?: number; readonly check?: (fuzzed: Fuzzed) => void } = {},
): void {
  test(`${entrance.about}: ${most} hostile ones do no harm`, async (t) => {
    const seed = randomInt(0x7fff_ffff);
    t.diagnostic(`--entrance ${entrance.name} --seed ${seed}`);
    const fuzzed = await entrance.fuzz({ cases: most, seed });
    const { cases, fates } = fuzzed;
    assert.ok(cases >= most, `only ${cases} cases`);
    assert.ok(fates.size > 1, `all of them met one fate: ${[...fates.keys()].join()}`);
    check(fuzzed);
  });
}

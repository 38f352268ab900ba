import assert from 'node:assert/strict';
import { fuzzTest } from './engine/fuzz-test.ts';
import { http, reachedShare } from './entrances/http.ts';

/** Far fewer would prove nothing about statements. */
const LEAST_SHARE = 0.15;

fuzzTest(http, {
  check(fuzzed) {
    const share = reachedShare(fuzzed);
    assert.ok(share > LEAST_SHARE, `only ${Math.round(share * 100)} % of the requests reach a statement`);
  },
});

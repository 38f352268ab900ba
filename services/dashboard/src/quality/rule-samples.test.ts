import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { REMEMBERED_MINUTES, RuleSamples } from './rule-samples.ts';

const of = { pipeline: 'shop', table: 'silver', rule: 'valid' };
const MINUTE = 60_000;
const start = 1_000 * MINUTE;

test('what a bucket judged is what was counted from its beginning to its end, and unknown where nobody looked', () => {
  const samples = new RuleSamples();
  samples.add(start - 1, [{ ...of, judged: 10, failed: 1 }]);
  samples.add(start + 10, [{ ...of, judged: 12, failed: 1 }]);
  samples.add(start + MINUTE - 1, [{ ...of, judged: 15, failed: 2 }]);
  samples.add(start + MINUTE + 5, [{ ...of, judged: 16, failed: 2 }]);
  assert.deepEqual(samples.between(of, start - 2 * MINUTE, 1, 5), [
    null,
    null,
    { judged: 5, failed: 1 },
    { judged: 1, failed: 0 },
    null,
  ]);
  assert.deepEqual(samples.between({ ...of, rule: 'other' }, start, 1, 1), [null]);
});

test('a table that was made anew counts from nothing', () => {
  const samples = new RuleSamples();
  samples.add(start - 1, [{ ...of, judged: 100, failed: 50 }]);
  samples.add(start, [{ ...of, judged: 4, failed: 1 }]);
  assert.deepEqual(samples.between(of, start, 1, 1), [{ judged: 4, failed: 1 }]);
});

test('buckets of any width add up to what was counted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      (grown, width) => {
        const samples = new RuleSamples();
        let judged = 0;
        samples.add(start - 1, [{ ...of, judged, failed: 0 }]);
        for (const [i, n] of grown.entries()) {
          judged += n;
          samples.add(start + i * MINUTE + 30_000, [{ ...of, judged, failed: 0 }]);
        }
        const buckets = samples.between(of, start, width, Math.ceil(grown.length / width));
        assert.equal(
          buckets.reduce((sum, bucket) => sum + bucket!.judged, 0),
          judged,
        );
      },
    ),
  );
});

test('a day is remembered, and no more', () => {
  const samples = new RuleSamples();
  for (let i = 0; i <= REMEMBERED_MINUTES + 5; i++) samples.add(start + i * MINUTE, [{ ...of, judged: i, failed: 0 }]);
  assert.deepEqual(samples.between(of, start + 5 * MINUTE, 1, 1), [null]);
  assert.deepEqual(samples.between(of, start + 8 * MINUTE, 1, 1), [{ judged: 1, failed: 0 }]);
});

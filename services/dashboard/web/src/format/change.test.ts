import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { change } from './change.ts';

test('more deliveries are better, and more delays are worse', () => {
  assert.deepEqual(change(110, 100, 'more-is-better'), { direction: 'up', text: '+10.0\u00a0%', verdict: 'better' });
  assert.deepEqual(change(110, 100, 'less-is-better'), { direction: 'up', text: '+10.0\u00a0%', verdict: 'worse' });
  assert.equal(change(90, 100, 'less-is-better').verdict, 'better');
  assert.equal(change(90, 100, 'more-is-better').verdict, 'worse');
});

test('rates change by points, not by parts of themselves', () => {
  assert.equal(change(0.12, 0.1, 'less-is-better', 'points').text, '+2.0\u00a0pp');
  assert.equal(change(0.12, 0.1, 'less-is-better').text, '+20.0\u00a0%');
});

test('from nothing there is no percentage and no verdict: there is nothing to compare with', () => {
  assert.deepEqual(change(5, 0, 'more-is-better'), { direction: 'unknown', text: '–', verdict: 'neutral' });
  assert.equal(change(0, 0, 'more-is-better').direction, 'same');
});

test('where one of the two is not known, nothing is claimed', () => {
  for (const [value, before] of [
    [null, 1],
    [1, null],
    [null, null],
  ] as const)
    assert.deepEqual(change(value, before, 'more-is-better'), { direction: 'unknown', text: '–', verdict: 'neutral' });
});

test('the two meanings never agree on a change', () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(number, number, (value, before) => {
      const one = change(value, before, 'more-is-better');
      const other = change(value, before, 'less-is-better');
      assert.equal(one.direction, other.direction);
      if (one.verdict === 'neutral') assert.equal(other.verdict, 'neutral');
      else assert.notEqual(one.verdict, other.verdict);
      if (one.direction === 'up') assert.ok(value > before);
      if (one.direction === 'down') assert.ok(value < before);
    }),
  );
});

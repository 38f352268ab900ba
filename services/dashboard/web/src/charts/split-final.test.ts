import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstOpen, splitFinal } from './split-final.ts';

test('the provisional part begins where the final one ends, so that the line does not break', () => {
  assert.deepEqual(splitFinal([1, 2, 3, 4], [true, true, false, false]), {
    final: [1, 2, null, null],
    provisional: [null, 2, 3, 4],
  });
});

test('without windows all is final', () => {
  assert.deepEqual(splitFinal([1, null], null), { final: [1, null], provisional: [null, null] });
  assert.equal(firstOpen(null), null);
  assert.equal(firstOpen([true, true]), null);
  assert.equal(firstOpen([true, false]), 1);
});

test('every value is drawn, and none that is still open as final', () => {
  const points = fc.array(fc.tuple(fc.integer(), fc.boolean()), { maxLength: 30 });
  fc.assert(
    fc.property(points, (all) => {
      const values = all.map(([value]) => value);
      const closed = all.map(([, final]) => final);
      const { final, provisional } = splitFinal(values, closed);
      for (const [index, value] of values.entries()) {
        assert.equal(final[index], closed[index] ? value : null);
        assert.equal(final[index] ?? provisional[index], value);
      }
    }),
  );
});

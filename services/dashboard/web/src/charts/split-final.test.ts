import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillingWindow, firstOpen, settled, splitFinal } from './split-final.ts';

test('the provisional part begins where the final one ends, and the newest window stands apart', () => {
  assert.deepEqual(splitFinal([1, 2, 3, 4], [true, true, false, false]), {
    final: [1, 2, null, null],
    provisional: [null, 2, 3, null],
    filling: [null, null, null, 4],
  });
});

test('where only the newest window is open, nothing is dashed', () => {
  assert.deepEqual(splitFinal([1, 2, 3], [true, true, false]), {
    final: [1, 2, null],
    provisional: [null, null, null],
    filling: [null, null, 3],
  });
});

test('where the newest window is closed, none fills', () => {
  assert.deepEqual(splitFinal([1, 2, 3], [false, false, true]), {
    final: [null, null, 3],
    provisional: [1, 2, null],
    filling: [null, null, null],
  });
});

test('without windows all is final', () => {
  assert.deepEqual(splitFinal([1, null], null), { final: [1, null], provisional: [null, null], filling: [null, null] });
  assert.equal(fillingWindow(null), null);
  assert.equal(firstOpen(null), null);
  assert.equal(firstOpen([true, true]), null);
  assert.equal(firstOpen([true, false]), 1);
});

test('what is settled are all windows but the one that fills', () => {
  assert.deepEqual(settled([1, 2, 3], [true, false, false]), [1, 2, null]);
  assert.deepEqual(settled([1, 2, 3], [true, false, true]), [1, 2, 3]);
});

test('every value is drawn, and none that is still open as final', () => {
  const points = fc.array(fc.tuple(fc.integer(), fc.boolean()), { maxLength: 30 });
  fc.assert(
    fc.property(points, (all) => {
      const values = all.map(([value]) => value);
      const closed = all.map(([, final]) => final);
      const { final, provisional, filling } = splitFinal(values, closed);
      for (const [index, value] of values.entries()) {
        assert.equal(final[index], closed[index] ? value : null);
        assert.equal(final[index] ?? provisional[index] ?? filling[index], value);
      }
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fit, MAX_SCALE, MIN_SCALE, pan, reveal, zoom } from './viewport.ts';

const frame = { width: 1000, height: 600 };

test('a small picture is enlarged by a quarter at most, and stands in the middle', () => {
  assert.deepEqual(fit({ width: 400, height: 200 }, frame), { x: 250, y: 175, scale: 1.25 });
});

test('a picture too large is made small enough to be seen whole', () => {
  const { x, y, scale } = fit({ width: 4000, height: 600 }, frame);
  assert.ok(scale * 4000 + x <= 1000 && y >= 0);
});

test('an empty picture has a view, too', () => {
  assert.deepEqual(fit({ width: 0, height: 0 }, frame), { x: 0, y: 0, scale: 1 });
});

test('zooming keeps the point under the pointer where it is', () => {
  const at = fc.record({
    x: fc.double({ min: 0, max: 1000, noNaN: true }),
    y: fc.double({ min: 0, max: 600, noNaN: true }),
  });
  fc.assert(
    fc.property(at, fc.double({ min: 0.1, max: 10, noNaN: true }), (point, factor) => {
      const view = { x: 30, y: -40, scale: 0.7 };
      const next = zoom(view, factor, point);
      assert.ok(next.scale >= MIN_SCALE && next.scale <= MAX_SCALE);
      const before = (point.x - view.x) / view.scale;
      assert.ok(Math.abs((point.x - next.x) / next.scale - before) < 1e-6);
    }),
  );
});

test('the picture cannot be moved out of sight', () => {
  const picture = { width: 800, height: 500 };
  const view = { x: 0, y: 0, scale: 1 };
  assert.ok(pan(view, 5000, 0, picture, frame).x < 1000);
  assert.ok(pan(view, -5000, -5000, picture, frame).x + 800 > 0);
  assert.deepEqual(pan(view, 10, -10, picture, frame), { x: 10, y: -10, scale: 1 });
});

test('what is in sight already is not moved, what is outside comes in', () => {
  const view = { x: 0, y: 0, scale: 1 };
  assert.deepEqual(reveal(view, { x: 100, y: 100, width: 200, height: 90 }, frame), view);
  assert.equal(reveal(view, { x: 1500, y: 100, width: 200, height: 90 }, frame).x, 1000 - 12 - 1700);
  assert.equal(reveal(view, { x: -300, y: 0, width: 200, height: 90 }, frame).x, 312);
});

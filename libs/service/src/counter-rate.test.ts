import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Rate } from './counter-rate.ts';

test('a rate is that of the last 10 s, and begins anew with a counter that does', () => {
  const rate = new Rate();
  assert.equal(rate.perSecond, null);
  rate.add(0, 1_000);
  assert.equal(rate.perSecond, null);
  rate.add(5_000, 1_050);
  assert.equal(rate.perSecond, 10);
  for (let s = 10; s <= 60; s += 5) rate.add(s * 1_000, 1_000 + s * 20);
  assert.equal(rate.perSecond, 20);
  rate.add(61_000, 3);
  assert.equal(rate.perSecond, null);
  rate.add(62_000, 13);
  assert.equal(rate.perSecond, 10);
});

test('no counter makes a rate below zero, however often it begins again', () => {
  const looks = fc.array(fc.tuple(fc.nat(20_000), fc.nat(1_000)), { maxLength: 60 });
  fc.assert(
    fc.property(looks, (steps) => {
      const rate = new Rate();
      let atMs = 0;
      for (const [afterMs, total] of steps) {
        atMs += afterMs;
        rate.add(atMs, total);
        assert.ok((rate.perSecond ?? 0) >= 0);
      }
    }),
  );
});

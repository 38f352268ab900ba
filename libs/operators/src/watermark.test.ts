import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant, minutes, NEVER, seconds } from '@medallion/core';
import fc from 'fast-check';
import { isFuture, tableWatermark, watermarkAfter } from './watermark.ts';
import { isClosed, windowStart } from './windows.ts';

test('W2 the watermark is the greatest event time less the delay, in whatever order rows come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1 }), (times) => {
      const reached = times.reduce<Instant>((w, at) => watermarkAfter(w, instant(at), seconds(5)), NEVER);
      assert.equal(reached, Math.max(...times) - 5_000);
    }),
  );
});

test('W2 a watermark never goes back', () => {
  assert.equal(watermarkAfter(instant(100), instant(50), seconds(0)), 100);
});

test('W1 a window holds its start and not its end, also before 1970', () => {
  assert.equal(windowStart(instant(0), seconds(10)), 0);
  assert.equal(windowStart(instant(9_999), seconds(10)), 0);
  assert.equal(windowStart(instant(10_000), seconds(10)), 10_000);
  assert.equal(windowStart(instant(-1), seconds(10)), -10_000);
});

test('W3 a window is closed when its end and grace are reached by the watermark, not before', () => {
  assert.equal(isClosed(instant(10_000), seconds(0), instant(9_999)), false);
  assert.equal(isClosed(instant(10_000), seconds(0), instant(10_000)), true);
  assert.equal(isClosed(instant(10_000), seconds(5), instant(14_999)), false);
  assert.equal(isClosed(instant(10_000), seconds(5), instant(15_000)), true);
});

test('W3 a row behind the watermark whose window is still open is not late', () => {
  const watermark = instant(12_000);
  const rowAt = instant(11_000);
  assert.ok(rowAt < watermark);
  assert.equal(isClosed(instant(windowStart(rowAt, seconds(10)) + 10_000), seconds(0), watermark), false);
});

test('W4 a row is from the future when it is further ahead than allowed, not when just so far', () => {
  assert.equal(isFuture(instant(3_600_000), instant(0), minutes(60)), false);
  assert.equal(isFuture(instant(3_600_001), instant(0), minutes(60)), true);
  assert.equal(isFuture(instant(0), instant(3_600_001), minutes(60)), false);
});

test('W5 the watermark of a table is the least of the partitions that are not idle', () => {
  const at = (watermark: number, idle = false) => ({ watermark: instant(watermark), idle });
  assert.equal(tableWatermark([at(30), at(10), at(20)]), 10);
  assert.equal(tableWatermark([at(30), at(10, true), at(20)]), 20);
  assert.equal(tableWatermark([at(30), { watermark: NEVER, idle: false }]), NEVER);
  assert.equal(tableWatermark([at(30), { watermark: NEVER, idle: true }]), 30);
});

test('W5 when all partitions are idle nothing is held back', () => {
  const at = (watermark: number) => ({ watermark: instant(watermark), idle: true });
  assert.equal(tableWatermark([at(10), at(30), at(20)]), 30);
  assert.equal(tableWatermark([]), NEVER);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, milliseconds } from '@medallion/core';
import fc from 'fast-check';
import { isClosed, windowStarts } from './windows.ts';

const hopping = (size: number, advance: number) =>
  ({
    kind: 'hopping',
    sizeMs: milliseconds(size),
    advanceMs: milliseconds(advance),
    graceMs: milliseconds(0),
  }) as const;
const spans = (size: number, advance: number, at: number): readonly (readonly [number, number])[] =>
  windowStarts(hopping(size, advance), instant(at)).map((start) => [start, start + size]);

test('H1 windows of 5,000 ms that advance by 3,000: [0,5000), [3000,8000) …, as Kafka Streams documents them', () => {
  assert.deepEqual(spans(5_000, 3_000, 4_000), [
    [0, 5_000],
    [3_000, 8_000],
  ]);
  assert.deepEqual(spans(5_000, 3_000, 5_000), [[3_000, 8_000]]);
  assert.deepEqual(spans(5_000, 3_000, 2_999), [[0, 5_000]]);
  assert.deepEqual(spans(5_000, 3_000, 6_000), [
    [3_000, 8_000],
    [6_000, 11_000],
  ]);
});

test('H1 windows of 10 minutes that advance by 5, as Flink and Spark document them', () => {
  const minute = 60_000;
  assert.deepEqual(
    spans(10 * minute, 5 * minute, 7 * minute).map(([start, end]) => [start / minute, end / minute]),
    [
      [0, 10],
      [5, 15],
    ],
  );
});

test('H1 W1 a row belongs to exactly the half-open windows on the grid of the advance that hold it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: 1, max: 30 }),
      fc.nat(29),
      (at, advance, more) => {
        const size = advance + more;
        const expected: number[] = [];
        for (let k = -200; k <= 200; k++) if (k * advance <= at && at < k * advance + size) expected.push(k * advance);
        assert.deepEqual(windowStarts(hopping(size, advance), instant(at)), expected);
      },
    ),
  );
});

test('H1 windows that advance by their size are tumbling ones', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 1e9 }), (at, size) => {
      const tumbling = { kind: 'tumbling', sizeMs: milliseconds(size), graceMs: milliseconds(0) } as const;
      assert.deepEqual(windowStarts(hopping(size, size), instant(at)), windowStarts(tumbling, instant(at)));
    }),
  );
});

test('W3 a window is closed when its end and the grace period are not after the watermark', () => {
  const closed = (watermark: number) => isClosed(instant(8_000), milliseconds(100), instant(watermark));
  assert.deepEqual([8_099, 8_100, 8_101].map(closed), [false, true, true]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '@medallion/runtime';
import fc from 'fast-check';
import { PartitionWatch } from './partition-watch.ts';

const at = (next: number | null, high: number, over: Partial<Reading> = {}): Reading => ({
  ...{ topic: 't', partition: 0, low: 0, high, next, mark: '' },
  ...over,
});

/** Looks every two seconds from 0 on. */
function watching(readings: readonly Reading[], movedMs: number | null = null): PartitionWatch {
  const watch = new PartitionWatch(readings[0]!, 0, movedMs);
  for (const [i, reading] of readings.slice(1).entries()) watch.look(reading, (i + 1) * 2_000);
  return watch;
}

test('L1 what waits is as old as the moment at which the end passed it, between two looks', () => {
  const { watched } = watching([at(10, 10), at(10, 20), at(15, 20)]);
  // Offset 15 came in the middle of the time from 0 to 2 s, a little behind it; it is 4 s now.
  assert.equal(watched.lagMs, 2_900);
  assert.equal(watched.lagRecords, 5);
});

test('L1 nothing that waits has no age', () => {
  const { watched } = watching([at(10, 10), at(20, 20)]);
  assert.deepEqual([watched.lagRecords, watched.lagMs, watched.unmovedMs], [0, null, null]);
});

test('L2 what was there before the first look has to be asked for, and then every 10 s at most', () => {
  const watch = watching([at(10, 20), at(10, 20)]);
  assert.equal(watch.watched.lagMs, null);
  assert.equal(watch.wantsTimestamp(), 10);
  watch.asked();
  watch.learn(10, -8_000);
  assert.equal(watch.watched.lagMs, 10_000);
  watch.look(at(15, 20), 4_000);
  assert.equal(watch.wantsTimestamp(), null, 'too soon');
  assert.equal(watch.watched.lagMs, 8_000, 'in the middle between what is known and the first look');
  watch.look(at(15, 20), 12_000);
  assert.equal(watch.wantsTimestamp(), 15);
  watch.learn(15, 0);
  assert.equal(watch.wantsTimestamp(), null, 'it is known');
});

test('L2 nor do looks far apart tell when something came', () => {
  const watch = new PartitionWatch(at(10, 10), 0);
  watch.look(at(10, 20), 60_000);
  assert.equal(watch.watched.lagMs, null);
  assert.equal(watch.wantsTimestamp(), 10);
  watch.asked();
  assert.equal(watch.wantsTimestamp(), null, 'it could not be read');
});

test('L3 unread for so long as records wait and the position stays', () => {
  assert.equal(watching([at(10, 10), at(10, 10), at(10, 20), at(10, 30), at(10, 30)]).watched.unmovedMs, 5_900);
  assert.equal(watching([at(10, 20), at(10, 20), at(11, 20), at(11, 20)]).watched.unmovedMs, 2_000);
  assert.equal(watching([at(10, 20), at(10, 20), at(20, 20), at(20, 30)]).watched.unmovedMs, 1_900, 'all was read');
});

test('L3 a file in hand is read although its position stays', () => {
  const { watched } = watching([at(1, 2, { mark: 'row 1' }), at(1, 2, { mark: 'row 1' }), at(1, 2, { mark: 'row 2' })]);
  assert.equal(watched.unmovedMs, 0);
});

test('L4 at the first look a lease says since when it stays, and the record since when it waits', () => {
  const watch = new PartitionWatch(at(10, 20), 0, -60_000);
  assert.equal(watch.watched.unmovedMs, 0);
  watch.learn(10, -40_000);
  assert.equal(watch.watched.unmovedMs, 40_000);
  const recent = new PartitionWatch(at(10, 20), 0, -3_000);
  recent.learn(10, -40_000);
  assert.equal(recent.watched.unmovedMs, 3_000);
  const group = new PartitionWatch(at(10, 20), 0);
  group.learn(10, -40_000);
  assert.equal(group.watched.unmovedMs, 0, 'a group does not say when it moved');
});

test('L5 the marks that transactions leave at the end of a log are no records that wait', () => {
  const watch = watching([at(10, 10), at(10, 11), at(10, 11)]);
  assert.equal(watch.wantsTimestamp(), 10, 'it is doubted');
  watch.learn(10, null);
  assert.deepEqual([watch.watched.lagRecords, watch.watched.unmovedMs, watch.watched.lagMs], [0, null, null]);
  watch.look(at(10, 11), 6_000);
  assert.equal(watch.watched.lagRecords, 0);
  watch.look(at(10, 13), 8_000);
  assert.equal(watch.watched.lagRecords, 2, 'what came behind them is');
  watch.look(at(10, 13), 10_000);
  assert.ok(watch.watched.unmovedMs! >= 2_000 && watch.watched.unmovedMs! <= 4_000);
});

test('rates are of the last 10 s; a log that begins anew makes none below zero', () => {
  const { watched } = watching([at(0, 100), at(20, 140), at(40, 180)]);
  assert.deepEqual([watched.readPerSecond, watched.comePerSecond], [10, 20]);
  const anew = watching([at(90, 100), at(0, 5), at(5, 5)]).watched;
  assert.equal(anew.lagRecords, 0);
  assert.ok((anew.readPerSecond ?? 0) >= 0 && (anew.comePerSecond ?? 0) >= 0);
});

test('nothing came since the end moved last', () => {
  assert.equal(watching([at(0, 5), at(0, 5)]).watched.quietMs, null);
  assert.equal(watching([at(0, 5), at(0, 6), at(0, 6), at(0, 6)]).watched.quietMs, 4_000);
});

test('however the log and its reader move, no span is negative, and no record waits longer than the watch and what it was told', () => {
  const step = fc.record({ afterMs: fc.integer({ min: 1, max: 20_000 }), come: fc.nat(50), read: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 400 }), fc.nat(100), (steps, start) => {
      let [next, high, nowMs] = [0, start, 0];
      const cameAt: number[] = Array.from({ length: start }, () => 0);
      const watch = new PartitionWatch(at(next, high), 0);
      for (const { afterMs, come, read } of steps) {
        nowMs += afterMs;
        high += come;
        for (let i = 0; i < come; i++) cameAt.push(nowMs - afterMs * (1 - (i + 1) / (come + 1)));
        next = Math.min(high, next + read);
        watch.look(at(next, high), nowMs);
        const wanted = watch.wantsTimestamp();
        if (wanted !== null) {
          watch.asked();
          watch.learn(wanted, cameAt[wanted]!);
        }
        const { lagRecords, lagMs, unmovedMs, quietMs } = watch.watched;
        assert.equal(lagRecords, high - next);
        for (const span of [lagMs, unmovedMs, quietMs]) if (span !== null) assert.ok(span >= 0 && span <= nowMs);
        if (lagMs === null) continue;
        const error = Math.abs(nowMs - cameAt[next]! - lagMs);
        assert.ok(error <= 40_000, `wrong by ${error} ms`);
      }
    }),
    { numRuns: 200 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockWatch } from './clock-watch.ts';

const HOUR_MS = 3_600_000;

test('a clock that goes as time passes is not taken for one that was set', () => {
  const watch = new ClockWatch(1_000_000, 0);
  for (const passed of [250, 500, 60_000, 60_001]) assert.equal(watch.look(1_000_000 + passed, passed), 0);
});

test('a clock that is set back is noticed once, with by how much', () => {
  const watch = new ClockWatch(10 * HOUR_MS, 0);
  assert.equal(watch.look(8 * HOUR_MS + 250, 250), 2 * HOUR_MS);
  assert.equal(watch.look(8 * HOUR_MS + 500, 500), 0);
});

test('a clock that is set ahead, or a machine that slept, is none that was set back; what takes it back is', () => {
  const watch = new ClockWatch(HOUR_MS, 0);
  assert.equal(watch.look(3 * HOUR_MS + 250, 250), 0);
  assert.equal(watch.look(HOUR_MS + 500, 500), 2 * HOUR_MS);
});

test('a clock that is slowed down little by little is not noticed, however far it gets', () => {
  const watch = new ClockWatch(HOUR_MS, 0);
  for (let i = 1; i <= 1_000; i++) assert.equal(watch.look(HOUR_MS + i * 250 - i * 10, i * 250), 0);
});

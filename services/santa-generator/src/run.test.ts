import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant } from '@medallion/core';
import { createAudit } from './audit.ts';
import { createGenerator, type GeneratedRecord } from './generator.ts';
import type { GeneratorOptions } from './options.ts';
import { createPacing } from './pacing.ts';
import { run } from './run.ts';
import { CHRISTMAS } from './test-support.ts';

type Written = { at: number; records: readonly GeneratedRecord[] };

/** A run by a clock that only moves by sleeping, and by what `onWrite` adds for a slow sink. */
async function runBy(
  options: Partial<GeneratorOptions>,
  {
    mode = 'speed',
    now = CHRISTMAS,
    onWrite = () => 0,
    stopAfter = Number.POSITIVE_INFINITY,
  }: {
    mode?: 'speed' | 'max';
    now?: Instant;
    onWrite?: (written: number) => number;
    stopAfter?: number;
  } = {},
) {
  let time: number = now;
  const stop = new AbortController();
  const writes: Written[] = [];
  const generator = createGenerator({ start: CHRISTMAS, ...options });
  const audit = createAudit();
  await run({
    generator,
    audit,
    pacing: createPacing(mode, generator.options, now),
    clock: { now: () => instant(time) },
    sleep: async (ms) => {
      assert.ok(ms >= 5 && ms <= 1_000);
      time += ms;
    },
    sink: {
      async write(records) {
        writes.push({ at: time - now, records });
        time += onWrite(writes.length);
        if (writes.length >= stopAfter) stop.abort();
      },
      async close() {},
    },
    signal: stop.signal,
  });
  return { writes, audit: audit.report(), elapsed: time - now, sizes: writes.map(({ records }) => records.length) };
}

test('by default fifty records go out every five seconds', async () => {
  const { writes } = await runBy({ events: 200 });
  assert.deepEqual(
    writes.map(({ at, records }) => [at, records.length]),
    [
      [0, 50],
      [5_000, 50],
      [10_000, 50],
      [15_000, 50],
    ],
  );
});

test('an even rate is kept without drift over two minutes', async () => {
  const { writes, elapsed } = await runBy({ events: 12_000, ratePerSecond: 100 });
  assert.ok(Math.abs(elapsed - 119_990) <= 10, `${elapsed}`);
  for (const { at, records } of writes) for (const { dueAt } of records) assert.ok(at - (dueAt - CHRISTMAS) <= 10);
});

test('no record goes out before it is due', async () => {
  const { writes } = await runBy({ events: 3_000, ratePerSecond: 77 });
  for (const { at, records } of writes) for (const { dueAt } of records) assert.ok(CHRISTMAS + at >= dueAt);
});

test('after a stall what is due is caught up in bounded bursts, and then the pace is the same again', async () => {
  const { sizes, elapsed } = await runBy(
    { events: 20_000, ratePerSecond: 1_000 },
    { onWrite: (n) => (n === 100 ? 8_000 : 0) },
  );
  assert.equal(Math.max(...sizes), 1_000);
  assert.ok(sizes.filter((size) => size === 1_000).length >= 7);
  assert.ok(Math.abs(elapsed - 20_000) <= 10, `${elapsed}`);
});

test('a sink that is slower than the rate gets all that is due, without pause', async () => {
  const { audit, elapsed } = await runBy({ events: 50_000, ratePerSecond: 10_000 }, { onWrite: () => 500 });
  assert.equal(audit.records, 50_000);
  assert.ok(elapsed >= 25_000 && elapsed < 27_000);
});

test('event time runs as many times faster than the clock as asked for', async () => {
  const { elapsed } = await runBy({ events: 6_001, speed: 60 }, { now: instant(CHRISTMAS + 40 * 86_400_000) });
  assert.ok(Math.abs(elapsed - 600_000) <= 5_005, `${elapsed}`);
});

test('at the rate max there is no pause at all', async () => {
  const { sizes, elapsed } = await runBy({ events: 10_500 }, { mode: 'max', now: instant(CHRISTMAS + 1e9) });
  assert.equal(elapsed, 0);
  assert.deepEqual(sizes, [...Array(10).fill(1_000), 500]);
});

test('event time that has caught up with the clock goes on at its pace, never ahead', async () => {
  const now = instant(CHRISTMAS + 60_000);
  for (const mode of ['max', 'speed'] as const) {
    const { writes, elapsed } = await runBy({ events: 1_250, speed: 10 }, { mode, now });
    for (const { at, records } of writes) for (const { dueAt } of records) assert.ok(dueAt <= now + at);
    assert.ok(elapsed >= 1_200_000 - 60_000, `${elapsed}`);
  }
});

test('a stop ends the run after the batch in hand, and the audit has just what the sink took', async () => {
  const { sizes, audit } = await runBy({ ratePerSecond: 500 }, { stopAfter: 20 });
  assert.equal(sizes.length, 20);
  assert.equal(
    audit.records,
    sizes.reduce((sum, size) => sum + size, 0),
  );
});

test('a sink that fails ends the run with its error', async () => {
  const fails = runBy(
    { events: 100 },
    {
      onWrite: () => {
        throw new Error('disk on fire');
      },
    },
  );
  await assert.rejects(fails, /disk on fire/);
});

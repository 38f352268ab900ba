import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, type Instant, milliseconds, systemClock } from '@medallion/core';
import {
  isoInstant,
  json,
  materializedView,
  type PipelinePlan,
  pipeline,
  session,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** Windows that are closed by the clock when everything is silent, for those who ask for it. */

const SILENT_MS = 400;
const SIZE_MS = 100;
const RAW = 'clicks';
const Click = row('Click', { user: string(), at: string() });

function declared(closes: boolean): PipelinePlan {
  const bronze = streamingTable('bronze').from(topic(RAW, { format: json(Click), key: 'user' }));
  const silver = streamingTable('silver')
    .from(bronze)
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .eventTime('at', {
      watermarkDelay: milliseconds(100),
      ...(closes ? { closeWhenSilentFor: milliseconds(SILENT_MS) } : {}),
    });
  const perWindow = materializedView('per_window')
    .from(silver)
    .windowedBy(tumbling(milliseconds(SIZE_MS)))
    .aggregate((a) => ({ clicks: a.count() }));
  const visits = materializedView('visits')
    .from(silver)
    .windowedBy(session(milliseconds(SIZE_MS)))
    .groupBy('user')
    .aggregate((a) => ({ clicks: a.count() }));
  return pipeline('web', { tables: [bronze, silver, perWindow, visits] });
}

const quick = { idleTimeoutMs: milliseconds(10), checkpointEveryMs: 5 };

/** A clock that stands until it is moved, however long this machine takes; what has passed is measured as ever. */
function standingClock(): Clock & { at: number } {
  const clock = { at: Date.now(), now: () => clock.at as Instant, elapsedMs: () => performance.now() };
  return clock;
}

async function started(plan: PipelinePlan, partitions = 1, clock: Clock = systemClock): Promise<MemoryEngine> {
  const engine = new MemoryEngine(plan, { [RAW]: partitions });
  engine.clock = clock;
  for (const layer of ['bronze', 'silver', 'gold'] as const) engine.start(layer, quick);
  await soon('the tables are there', () => engine.database.leases.length > 0);
  return engine;
}

const click = (atMs: number, user = 'ann') => ({ user, at: new Date(atMs).toISOString() });
const rows = (engine: MemoryEngine) => engine.database.rows('per_window');

test('W6 without the option the last window stays open, however long it is silent', async () => {
  const engine = await started(declared(false));
  const now = Date.now();
  await engine.send(RAW, 0, [click(now - 5_000), click(now - 1_000)]);
  await soon('both are there', () => rows(engine).length === 2);
  await soon('rows close the first', () => rows(engine)[0]?.is_final === true);
  await delay(300);
  assert.deepEqual(
    rows(engine).map((each) => [each.is_final, each.closed_by_clock]),
    [
      [true, undefined],
      [false, undefined],
    ],
  );
  await engine.stop();
});

test('W6 with it the last window is closed once its end is so long ago, and says so; what rows have closed does not', async () => {
  const clock = standingClock();
  const engine = await started(declared(true), 2, clock);
  const now = clock.at;
  await engine.send(RAW, 0, [click(now - 5_000), click(now - 50)]);
  await soon('both are there', () => rows(engine).length === 2);
  await soon('rows close the first', () => rows(engine)[0]?.is_final === true);
  clock.at = Number(rows(engine)[1]?.window_end) + SILENT_MS - 1;
  const closedBefore = (at: number): boolean => engine.database.finalThrough.get('silver') === at - SILENT_MS;
  await soon('what ended before is closed', () => closedBefore(clock.at));
  assert.deepEqual([rows(engine)[1]?.is_final, rows(engine)[1]?.closed_by_clock], [false, false]);
  clock.at += 1;
  await soon('the clock closes the second', () => rows(engine)[1]?.is_final === true);
  assert.deepEqual(
    rows(engine).map((each) => each.closed_by_clock),
    [false, true],
  );
  clock.at += SIZE_MS; // its visit goes on for longer than its window
  await soon('and the visit', () => engine.database.rows('visits').at(-1)?.is_final === true);
  assert.equal(engine.database.rows('visits').at(-1)?.closed_by_clock, true);
  // A row for it is late now; one of the present opens another, and what is closed stays as it is.
  const before = rows(engine)[1];
  await engine.send(RAW, 1, [click(now - 50), click(clock.at)]);
  await soon('the late one is kept apart', () => engine.database.late.some(({ view }) => view === 'per_window'));
  await soon('the other is there', () => rows(engine).length === 3);
  assert.deepEqual(rows(engine)[1], before);
  await engine.stop();
});

test('W6 while a flow before it is behind, nothing is closed: its rows are still to come', async () => {
  const clock = standingClock();
  const engine = new MemoryEngine(declared(true), { [RAW]: 1 });
  engine.clock = clock;
  const bronze = engine.start('bronze', quick);
  engine.start('silver', quick);
  engine.start('gold', quick);
  const now = clock.at;
  await engine.send(RAW, 0, [click(now)]);
  await soon('it is there and idle', () =>
    engine.database.leases.some(({ topic: name, state }) => name === 'web.silver' && state.idle),
  );
  await bronze.stop();
  await engine.send(RAW, 0, [click(now)]);
  clock.at += SILENT_MS + 2 * SIZE_MS;
  await delay(200); // many ticks
  assert.equal(rows(engine)[0]?.is_final, false);
  engine.start('bronze', quick);
  await soon('the second counts', () => rows(engine)[0]?.clicks === 2);
  await soon('then it is closed', () => rows(engine)[0]?.is_final === true);
  await engine.stop();
});

async function neverTooSoon(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = await started(declared(true), 2);
  try {
    let sent = 0;
    let oldestMs = 0;
    for (let i = 0; i < 12; i++) {
      const count = 1 + Math.floor(random() * 4);
      // Out of order, but never so old that it may be late: by rows or by the clock.
      const clicks = Array.from({ length: count }, () =>
        click(Date.now() - random() * 60, `u${Math.floor(random() * 3)}`),
      );
      await engine.send(RAW, Math.floor(random() * 2), clicks);
      oldestMs = Math.max(oldestMs, ...clicks.map(({ at }) => Date.now() - Date.parse(at)));
      sent += count;
      await delay(random() < 0.2 ? SILENT_MS : random() * 40);
    }
    const counted = () => rows(engine).reduce((sum, { clicks }) => sum + Number(clicks), 0);
    await soon(
      'all are counted',
      () => counted() + engine.database.late.filter(({ view }) => view === 'per_window').length === sent,
    );
    // Where the machine stood still between an event and its append, the event was late for good reason.
    if (oldestMs < 95) assert.deepEqual(engine.database.late, [], 'none is late');
    await soon('all is closed in the end', () => rows(engine).every((each) => each.is_final === true));
  } finally {
    await engine.stop();
  }
}

test('W6 I3 whatever comes within the time of silence is not late by the clock, and what is closed never changes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => neverTooSoon(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 3), endOnFailure: true },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newWatchdog, verdictOf, type Watchdog, type WatchdogEvent, watch } from './watchdog.ts';

const limits = { stallMs: 1_000, lateMs: 500 };
const TICK_MS = 100;

/** A process with its own clocks: it ticks while awake, and can sleep or block. */
function machine() {
  let nowMs = 5_000;
  let cpuMs = 40;
  let state: Watchdog = newWatchdog(limits, nowMs, cpuMs);
  const feed = (event: WatchdogEvent) => {
    state = watch(state, event, nowMs);
  };
  const tick = () => feed({ type: 'tick', cpuMs });
  return {
    began: (pending: number, name = 'a') => feed({ type: 'began', name, pending }),
    made: (name = 'a') => feed({ type: 'made', name }),
    idle: (name = 'a') => feed({ type: 'idle', name }),
    awake(ms: number) {
      for (let passed = 0; passed < ms; passed += TICK_MS) {
        nowMs += TICK_MS;
        cpuMs += 1;
        tick();
      }
    },
    suspended(ms: number) {
      nowMs += ms;
      tick();
    },
    blocked(ms: number) {
      nowMs += ms;
      cpuMs += ms;
      tick();
    },
    state: () => verdictOf(state, nowMs).state,
    verdict: () => verdictOf(state, nowMs),
  };
}

test('work without progress is stalled at the timeout and hopeless at twice the timeout', () => {
  const it = machine();
  assert.equal(it.state(), 'resting');
  it.began(7);
  it.awake(900);
  assert.equal(it.state(), 'working');
  it.awake(100);
  assert.deepEqual(it.verdict(), { state: 'stalled', name: 'a', pending: 7, stalledMs: 1_000 });
  it.awake(900);
  assert.equal(it.state(), 'stalled');
  it.awake(100);
  assert.equal(it.state(), 'hopeless');
});

test('nothing to do is not a stall, however long', () => {
  const it = machine();
  it.awake(100_000);
  assert.equal(it.state(), 'resting');
  it.began(1);
  it.idle();
  it.awake(100_000);
  assert.equal(it.state(), 'resting');
  it.began(0);
  it.awake(100_000);
  assert.equal(it.state(), 'resting');
});

test('progress begins the count again, also after a stall', () => {
  const it = machine();
  it.began(1);
  it.awake(1_500);
  assert.equal(it.state(), 'stalled');
  it.made();
  assert.equal(it.state(), 'working');
  it.awake(900);
  assert.equal(it.state(), 'working');
  it.awake(100);
  assert.equal(it.state(), 'stalled');
});

test('new work behind work that waits does not begin the count again', () => {
  const it = machine();
  it.began(1);
  for (let i = 0; i < 10; i++) {
    it.awake(100);
    it.began(i + 2);
  }
  assert.equal(it.state(), 'stalled');
});

test('the progress of one part does not hide the stall of another', () => {
  const it = machine();
  it.began(1, 'a');
  it.began(1, 'b');
  for (let i = 0; i < 10; i++) {
    it.awake(100);
    it.made('b');
  }
  assert.deepEqual(it.verdict(), { state: 'stalled', name: 'a', pending: 1, stalledMs: 1_000 });
});

test('a suspended process has not stalled: the count begins again', () => {
  const it = machine();
  it.began(1);
  it.awake(900);
  it.suspended(3_600_000);
  assert.equal(it.state(), 'working');
  it.awake(900);
  assert.equal(it.state(), 'working');
  it.awake(100);
  assert.equal(it.state(), 'stalled');
});

test('a blocked event loop is no suspension: it counts', () => {
  const it = machine();
  it.began(1);
  it.blocked(1_200);
  assert.equal(it.state(), 'stalled');
});

test('progress of parts that are unknown or idle creates no expectation', () => {
  const it = machine();
  it.made('x');
  it.idle('y');
  it.awake(100_000);
  assert.equal(it.state(), 'resting');
});

test('a stall is reported exactly when some part has waited awake for the timeout since its last progress', () => {
  const step = fc.record({
    part: fc.constantFrom('a', 'b'),
    action: fc.constantFrom('began', 'made', 'idle', 'none', 'none', 'suspended'),
    awakeMs: fc.integer({ min: 0, max: 12 }).map((n) => n * TICK_MS),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const it = machine();
      const waited = new Map<string, number>();
      for (const { part, action, awakeMs } of steps) {
        if (action === 'began') {
          it.began(1, part);
          waited.set(part, waited.get(part) ?? 0);
        } else if (action === 'made') {
          it.made(part);
          if (waited.has(part)) waited.set(part, 0);
        } else if (action === 'idle') {
          it.idle(part);
          waited.delete(part);
        } else if (action === 'suspended') {
          it.suspended(50_000);
          for (const name of waited.keys()) waited.set(name, 0);
        }
        it.awake(awakeMs);
        for (const [name, ms] of waited) waited.set(name, ms + awakeMs);
        const longest = Math.max(...waited.values(), -1);
        const expected =
          longest < 0 ? 'resting' : longest < 1_000 ? 'working' : longest < 2_000 ? 'stalled' : 'hopeless';
        assert.equal(it.state(), expected);
      }
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant, milliseconds, NEVER } from '@medallion/core';
import fc from 'fast-check';
import { SessionAggregate, SessionSpans, type Span, touch } from './sessions.ts';
import type { Delta } from './window-aggregate.ts';

type V = string | number | null;
type Event = { readonly at: number; readonly group: string; readonly n: number };
type Session = { readonly group: string; readonly start: number; readonly end: number; readonly n: number };

const aggregateOf = (gapMs: number) =>
  new SessionAggregate<V>({
    gapMs: milliseconds(gapMs),
    groupBy: ['group'],
    aggregates: [{ kind: 'sum', column: 'n', where: null }],
  });

const shownOf = ({ group, windowStart, windowEnd, partials }: Delta<V>): Session => {
  const [sum] = partials;
  return { group: group[0] as string, start: windowStart, end: windowEnd, n: sum?.kind === 'sum' ? sum.sum : 0 };
};

const inOrder = (sessions: readonly Session[]): readonly Session[] =>
  sessions.toSorted((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : a.start - b.start));

/** The sessions of events that all come at once. */
function sessionsOf(gapMs: number, events: readonly (readonly [group: string, n: number, at: number])[]) {
  const aggregate = aggregateOf(gapMs);
  for (const [group, n, at] of events) aggregate.add(instant(at), { group, n });
  return inOrder(aggregate.deltas().map(shownOf)).map(({ group, n, start, end }) => [`${group}-${n}`, start, end]);
}

test("S1 the sessions of Flink's own test: key, sum, start, end at a gap of 3 s", () => {
  const events = [
    ...([
      ['key2', 1, 0],
      ['key2', 2, 1_000],
      ['key2', 3, 2_500],
      ['key1', 1, 10],
      ['key1', 2, 1_000],
    ] as const),
    ...([
      ['key1', 3, 2_500],
      ['key2', 4, 5_501],
      ['key2', 5, 6_000],
      ['key2', 5, 6_000],
      ['key2', 6, 6_050],
    ] as const),
    ...([
      ['key2', 10, 15_000],
      ['key2', 20, 15_000],
    ] as const),
  ];
  assert.deepEqual(sessionsOf(3_000, events), [
    ['key1-6', 10, 5_500],
    ['key2-6', 0, 5_500],
    ['key2-20', 5_501, 9_050],
    ['key2-30', 15_000, 18_000],
  ]);
});

test('S1 events exactly the gap apart are one session, as in Flink (consecutive windows merge) and Kafka Streams', () => {
  const at = (times: readonly number[]) =>
    sessionsOf(
      1,
      times.map((t) => ['a', 1, t] as const),
    );
  assert.deepEqual(at([0, 1, 2, 4, 5]), [
    ['a-3', 0, 3],
    ['a-2', 4, 6],
  ]);
});

test('S2 an event that bridges two sessions makes them one, as in Kafka Streams: 0, gap + 1, then gap ÷ 2', () => {
  const gap = 5 * 60_000;
  const apart = [
    ['a', 1, 0],
    ['a', 1, gap + 1],
  ] as const;
  assert.deepEqual(sessionsOf(gap, apart), [
    ['a-1', 0, gap],
    ['a-1', gap + 1, 2 * gap + 1],
  ]);
  assert.deepEqual(sessionsOf(gap, [...apart, ['a', 1, gap / 2]]), [['a-3', 0, 2 * gap + 1]]);
});

const GAP = 10;
const window = { kind: 'session', gapMs: milliseconds(GAP), graceMs: milliseconds(3) } as const;
const known = (...spans: readonly (readonly [start: number, end: number])[]) => {
  const all = new SessionSpans(window);
  for (const [start, end] of spans) all.know('g', { start: instant(start), end: instant(end) });
  return (at: number, watermark: number) => all.isLate('g', instant(at), instant(watermark));
};

test('S3 a row behind the watermark that extends an open session is not late', () => {
  assert.equal(known([0, 30])(5, 30), false);
  assert.equal(known([0, 30])(-10, 32), false);
  assert.equal(known([0, 30])(-11, 32), true);
});

test('S3 a row that overlaps a closed session is late, though an open one touches it too', () => {
  assert.equal(known([0, 10])(5, 12), false, 'the grace period');
  assert.equal(known([0, 10])(5, 13), true);
  assert.equal(known([0, 10], [12, 40])(9, 13), true);
  assert.equal(known([0, 10], [12, 40])(11, 13), false);
});

test('S3 a row that is in no session is late when its own would be closed', () => {
  assert.deepEqual(
    [12, 13].map((watermark) => known()(0, watermark)),
    [false, true],
  );
});

test('S4 a row at the very end of a closed session begins another one', () => {
  assert.equal(known([0, 10])(10, 13), false);
});

test('S3 a row that is not behind the watermark is never late', () => {
  const span = fc
    .tuple(fc.nat(50), fc.integer({ min: GAP, max: 40 }))
    .map(([start, size]) => [start, start + size] as const);
  fc.assert(
    fc.property(span, fc.nat(100), fc.nat(20), (one, watermark, ahead) => {
      assert.equal(known(one)(watermark + ahead, watermark), false);
    }),
  );
});

const anyEvent = fc.record({ at: fc.nat(120), group: fc.constantFrom('a', 'b'), n: fc.integer({ min: 1, max: 9 }) });
const anyDelay = fc.constantFrom(0, 5, 15, 1_000);

/** What there must be: row by row, from all accepted events, by the sentences alone. */
function oracle(events: readonly Event[], delay: number): { accepted: Event[]; late: Event[]; sessions: Session[] } {
  const accepted: Event[] = [];
  const late: Event[] = [];
  let watermark: number = NEVER;
  let chains: { closed: boolean; events: Event[] }[] = [];
  for (const event of events) {
    const endOf = (chain: readonly Event[]) => Math.max(...chain.map(({ at }) => at)) + GAP;
    const startOf = (chain: readonly Event[]) => Math.min(...chain.map(({ at }) => at));
    for (const chain of chains) chain.closed ||= endOf(chain.events) + window.graceMs <= watermark;
    const near = chains.filter(({ events: [first] }) => first!.group === event.group);
    const overlaps = near.filter((c) => startOf(c.events) < event.at + GAP && event.at < endOf(c.events));
    const open = near.filter((c) => !c.closed && startOf(c.events) <= event.at + GAP && event.at <= endOf(c.events));
    const alone = open.length === 0 && event.at + GAP + window.graceMs <= watermark;
    if (overlaps.some((c) => c.closed) || alone) late.push(event);
    else {
      accepted.push(event);
      const joined = { closed: false, events: [...open.flatMap((c) => c.events), event] };
      chains = [...chains.filter((c) => !open.includes(c)), joined];
    }
    watermark = Math.max(watermark, event.at - delay);
  }
  const sessions = chains.map(({ events: all }) => ({
    ...{
      group: all[0]!.group,
      start: Math.min(...all.map(({ at }) => at)),
      end: Math.max(...all.map(({ at }) => at)) + GAP,
    },
    n: all.reduce((sum, { n }) => sum + n, 0),
  }));
  return { accepted, late, sessions };
}

/** What the operator and a store make of the batches. */
function run(batches: readonly (readonly Event[])[], delay: number): { late: Event[]; sessions: Session[] } {
  let stored: Session[] = [];
  let watermark = NEVER as Instant;
  const late: Event[] = [];
  for (const batch of batches) {
    const final = watermark;
    const spans = new SessionSpans(window);
    for (const { group, ...span } of stored) spans.know(group, span as unknown as Span);
    const aggregate = aggregateOf(GAP);
    for (const event of batch) {
      const at = instant(event.at);
      if (spans.isLate(event.group, at, watermark)) late.push(event);
      else aggregate.add(at, { group: event.group, n: event.n });
      watermark = Math.max(watermark, at - delay) as Instant;
    }
    for (const delta of aggregate.deltas().map(shownOf)) stored = merged(stored, delta, final);
  }
  return { late, sessions: stored };
}

const anyBatches = fc.array(fc.array(anyEvent, { maxLength: 12 }), { maxLength: 6 });

test('S2 S5 any order of arrival in any batches gives the sessions of all rows at once', () => {
  fc.assert(
    fc.property(anyBatches, (batches) => {
      const { late, sessions } = run(batches, 1_000);
      assert.deepEqual(late, []);
      assert.deepEqual(inOrder(sessions), inOrder(oracle(batches.flat(), 1_000).sessions));
    }),
    { numRuns: 1_000 },
  );
});

test('S3 S4 the same rows are late in any batches as one by one, and final sessions stay as they are', () => {
  // No two rows are exactly the gap apart: whether such a row joins a session that was closed meanwhile depends on what
  // is final when it is stored (S4), and either is right.
  const apart = anyBatches.map((batches) => batches.map((batch) => batch.map((e) => ({ ...e, at: e.at * 3 }))));
  fc.assert(
    fc.property(apart, anyDelay, (batches, delay) => {
      const { late, sessions } = run(batches, delay);
      const expected = oracle(batches.flat(), delay);
      assert.deepEqual(late, expected.late);
      assert.deepEqual(inOrder(sessions), inOrder(expected.sessions));
    }),
    { numRuns: 2_000 },
  );
});

/** What a store does: all that a delta touches becomes one; final sessions are left alone. */
function merged(stored: readonly Session[], delta: Session, final: Instant): Session[] {
  const isFinal = (s: Session) => s.end + window.graceMs <= final;
  const touched = stored.filter(
    (s) =>
      s.group === delta.group &&
      touch(s as unknown as Span, delta as unknown as Span) &&
      !(isFinal(s) && s.end === delta.start),
  );
  for (const session of touched) assert.ok(!isFinal(session), 'a final session changed');
  const all = [...touched, delta];
  const whole = {
    ...{ group: delta.group, start: Math.min(...all.map((s) => s.start)), end: Math.max(...all.map((s) => s.end)) },
    n: all.reduce((sum, { n }) => sum + n, 0),
  };
  return [...stored.filter((s) => !touched.includes(s)), whole];
}

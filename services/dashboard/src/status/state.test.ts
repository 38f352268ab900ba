import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TableState } from '../contract/index.ts';
import { type Facts, STATES, stateOf, worstOf } from './state.ts';

const calm: Facts = {
  stopped: null,
  seen: true,
  triggered: false,
  lagRecords: 0,
  lagSeconds: 0,
  unmovedMs: null,
  readPerSecond: 100,
  quietMs: 500,
};
const stopped = { flow: 'silver_orders', code: 'MED_EXPECTATION_FAILED' };

/** Sentence, what differs from a calm table, the state, and the reason that is shown. */
const cases: readonly (readonly [string, Partial<Facts>, TableState, RegExp])[] = [
  [
    'D1 a flow that stopped for a decision',
    { stopped },
    'stopped',
    /silver_orders stopped with MED_EXPECTATION_FAILED/,
  ],
  ['D1 … however calm the rest', { stopped, seen: false, quietMs: null }, 'stopped', /needs a decision/],
  ['D1 … or stalled', { stopped, lagRecords: 9, unmovedMs: 60_000 }, 'stopped', /needs a decision/],
  ['D2 never seen', { seen: false }, 'unknown', /Nothing was ever/],
  ['D2 never seen, and nothing known', { seen: false, lagRecords: null, quietMs: 99_000 }, 'unknown', /ever/],
  [
    'D2 never read, and records wait',
    { seen: false, lagRecords: 5, unmovedMs: 5_000 },
    'stalled',
    /5 records wait and none was read for 5 s/,
  ],
  [
    'D3 records wait and none was read for 5 s',
    { lagRecords: 1, lagSeconds: 5, unmovedMs: 5_000 },
    'stalled',
    /^1 record waits and none was read for 5 s\.$/,
  ],
  ['D3 … for a moment less', { lagRecords: 1, lagSeconds: 4.9, unmovedMs: 4_999 }, 'flowing', /1 record waits/],
  [
    'D3 … with many records and a good rate',
    { lagRecords: 1_200, lagSeconds: 6, unmovedMs: 6_000, readPerSecond: 1e6 },
    'stalled',
    /1,200 records wait/,
  ],
  ['D3 nothing waits, so nothing is unread', { lagRecords: 0, unmovedMs: 90_000 }, 'flowing', /All that came is read/],
  [
    'D4 waits for more than 30 s',
    { lagRecords: 10, lagSeconds: 31 },
    'behind',
    /10 records wait, the oldest for 31 s, and reading goes on at 100 a second/,
  ],
  ['D4 waits for 30 s', { lagRecords: 10, lagSeconds: 30 }, 'flowing', /read at 100 a second, 10 records wait/],
  ['D4 more than is read in 30 s', { lagRecords: 3_001, lagSeconds: 5 }, 'behind', /3,001 records wait/],
  ['D4 as much as is read in 30 s', { lagRecords: 3_000, lagSeconds: 5 }, 'flowing', /3,000 records wait/],
  [
    'D4 came a moment ago, and others come rarely',
    { lagRecords: 3, lagSeconds: 1, readPerSecond: 0.01 },
    'flowing',
    /3 records wait/,
  ],
  [
    'D4 the rate is not known',
    { lagRecords: 3_001, lagSeconds: 29, readPerSecond: null },
    'flowing',
    /Records are read, 3,001/,
  ],
  [
    'D4 the age is not known, but nothing came for a while',
    { lagRecords: 1, lagSeconds: null, quietMs: 31_000 },
    'behind',
    /oldest for 31 s/,
  ],
  [
    'D5 nothing waits and nothing came for more than 60 s',
    { quietMs: 61_000 },
    'silent',
    /^Nothing came for 1 min 1 s, and nothing waits\.$/,
  ],
  ['D5 … for 60 s', { quietMs: 60_000 }, 'flowing', /All that came/],
  ['D6 records flow', {}, 'flowing', /^All that came is read at 100 a second\.$/],
  ['D6 nothing is known of what came', { quietMs: null, readPerSecond: null }, 'flowing', /^All that came is read\.$/],
  [
    'D7 the log is away, and rows came',
    { lagRecords: null, lagSeconds: null },
    'flowing',
    /whether records wait is not known/,
  ],
  [
    'D7 the log is away, and no rows came',
    { lagRecords: null, quietMs: 120_000 },
    'silent',
    /2 min 0 s, and whether records wait is not known/,
  ],
  [
    'D8 a triggered pipeline between two runs',
    { triggered: true, lagRecords: 7, lagSeconds: 900, unmovedMs: 900_000, quietMs: 900_000 },
    'silent',
    /15 min 0 s, and 7 records wait for the next run/,
  ],
  [
    'D8 … to which something came',
    { triggered: true, lagRecords: 7, lagSeconds: 50, unmovedMs: 50_000, quietMs: 9_000 },
    'flowing',
    /7 records wait for the next run/,
  ],
];

describe('the state of a table', () => {
  for (const [title, over, state, why] of cases)
    test(`${title}: ${state}`, () => {
      const verdict = stateOf({ ...calm, ...over });
      assert.equal(verdict.state, state);
      assert.match(verdict.why, why);
    });
});

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const seconds = fc.double({ min: 0, max: 200, noNaN: true });
const anyFacts: fc.Arbitrary<Facts> = fc.record({
  stopped: fc.option(fc.constant(stopped), { nil: null, freq: 10 }),
  seen: fc.boolean(),
  triggered: fc.boolean(),
  lagRecords: orNull(fc.nat(5_000)),
  lagSeconds: orNull(seconds),
  unmovedMs: orNull(fc.nat(20_000)),
  readPerSecond: orNull(seconds),
  quietMs: orNull(fc.nat(200_000)),
});
const rank = (facts: Facts): number => STATES.indexOf(stateOf(facts).state);

test('every combination of facts has one of the states, and a sentence', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const { state, why } = stateOf(facts);
      assert.ok(STATES.includes(state));
      assert.match(why, /^[A-Z0-9].*\.$/);
      assert.doesNotMatch(why, /null|undefined|NaN/);
    }),
    { numRuns: 2_000 },
  );
});

test('D9 more lag never gives a better state: more records, older ones, unread for longer', () => {
  const more = fc.record({ records: fc.nat(5_000), seconds, unmoved: fc.nat(20_000) });
  fc.assert(
    fc.property(anyFacts, more, (facts, { records, seconds, unmoved }) => {
      if (facts.lagRecords === null) return;
      const worse = {
        ...facts,
        lagRecords: facts.lagRecords + records,
        lagSeconds: facts.lagSeconds === null ? null : facts.lagSeconds + seconds,
        unmovedMs: facts.unmovedMs === null ? null : facts.unmovedMs + unmoved,
      };
      assert.ok(rank(worse) <= rank(facts), `${JSON.stringify(facts)} → ${JSON.stringify(worse)}`);
    }),
    { numRuns: 5_000 },
  );
});

test('the worst of states is the first of their order, and unknown of none', () => {
  assert.equal(worstOf(['flowing', 'behind', 'silent']), 'behind');
  assert.equal(worstOf(['unknown', 'flowing']), 'flowing');
  assert.equal(worstOf([]), 'unknown');
});

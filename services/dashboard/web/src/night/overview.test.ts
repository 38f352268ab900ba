import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Overview } from '../api/contract.ts';
import { mergeOverview } from './overview.ts';

const at = (minute: number, second = 0): string => new Date(Date.UTC(2026, 11, 24, 12, minute, second)).toISOString();
const none = { value: null, before: null };

const shown: Overview = {
  asOf: { version: '1', readAt: at(3, 20), committedAt: at(3, 20), watermark: at(1) },
  range: { from: at(1), to: at(4), minutes: 60 },
  kpis: {
    deliveries: { value: 1, before: 2 },
    ...{
      successRate: none,
      delayRate: none,
      gifts: none,
      avgMinutes: none,
      avgAdjustedMinutes: none,
      activeCities: none,
    },
  },
  minutes: {
    start: [at(1), at(2), at(3)],
    final: [true, false, false],
    events: [5, 6, 1],
    delivered: [4, 4, 0],
    delayed: [1, 0, 0],
    gifts: [9, 9, 0],
    successRate: [0.8, 1, null],
    delayRate: [0.2, 0, null],
  },
  regions: [],
  cities: [],
  giftTypes: [],
  weather: [],
  zones: [],
  totals: { events: 12, delivered: 8, delayed: 1, gifts: 18, since: at(1) },
};

test('a message replaces what it names, and nothing else', () => {
  const asOf = { ...shown.asOf, version: '2' };
  const totals = { ...shown.totals, events: 13 };
  const merged = mergeOverview(shown, { asOf, totals });
  assert.ok(merged !== 'reload' && merged.cities === shown.cities && merged.minutes === shown.minutes);
  assert.deepEqual(merged, { ...shown, asOf, totals });
});

test('a message about another length of time is a reason to ask', () => {
  const range = { ...shown.range, minutes: 15 };
  assert.equal(mergeOverview(shown, { asOf: shown.asOf, range, totals: shown.totals }), 'reload');
  assert.equal(mergeOverview({ ...shown, range }, { asOf: shown.asOf, range: shown.range }), 'reload');
  assert.equal(mergeOverview({ ...shown, range }, { asOf: shown.asOf, totals: shown.totals }), 'reload');
});

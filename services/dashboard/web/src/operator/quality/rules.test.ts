import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expectation } from '../../../../src/contract/quality.ts';
import { failingFirst, historyText, recentText } from './rules.ts';

const rule = (name: string, failed: number, recent: number[]): Expectation => ({
  ...{ table: 't', rule: name, action: 'quarantine', description: '', records: 100, passed: 100 - failed },
  ...{ failed, dropped: failed, failedRate: failed / 100, recent },
});

test('what fails now comes before what failed more often, but long ago', () => {
  const rules = [rule('never', 0, [0, 0]), rule('once', 50, [0, 0]), rule('now', 2, [1, 1]), rule('untraced', 60, [])];
  assert.deepEqual(
    failingFirst(rules).map((each) => each.rule),
    ['now', 'untraced', 'once', 'never'],
  );
});

test('a sparkline is told in words', () => {
  assert.equal(recentText([0, 3, 2]), '5, 2 in the last minute');
  assert.equal(recentText([3, 0]), '3, none in the last minute');
  assert.equal(recentText([0, 0]), 'none');
});

test('a history is told in a sentence, and what nobody counted is not called zero', () => {
  const start = ['2026-12-24T00:00:00.000Z', '2026-12-24T00:01:00.000Z'];
  assert.equal(
    historyText({ start, bucketSeconds: 60, failed: [1, 4], judged: [null, 100] }, 2),
    'Broken 5 times of 100 judged in the 2 minutes on show, 4 times in the worst of them.',
  );
  assert.equal(
    historyText({ start, bucketSeconds: 60, failed: [null, null], judged: [null, null] }, 2),
    'Nobody has counted yet when this rule was broken.',
  );
});

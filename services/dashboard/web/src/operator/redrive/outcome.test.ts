import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedriveReport } from '../../../../src/contract/quality.ts';
import { changes, outcomeOf, sentBy } from './outcome.ts';

const place = { table: 't', topic: 'x', partition: 0, offset: 1, flow: 't', index: 0 };
const report: RedriveReport = {
  ...{ dryRun: true, chosen: 6, more: false, left: [], sent: 0 },
  flows: [{ flow: 't', topic: 'x.redrive', records: 5 }],
  judged: [
    { flow: 't', records: 5, kept: 3, filtered: 1, stops: 0, refused: { violation: 1 }, rules: { r: 1 } },
    { flow: 'u', records: 1, kept: 0, filtered: 0, stops: 1, refused: {}, rules: {} },
  ],
  rows: [
    { place, before: 'violation: r', after: 'violation: r', row: null },
    { place, before: 'violation: r', after: 'kept', row: {} },
    { place, before: 'violation: r', after: 'kept', row: {} },
  ],
};

test('the sums are over all flows', () => {
  assert.deepEqual(outcomeOf(report), { chosen: 6, kept: 3, refusedAgain: 1, leftOut: 1, stops: 1, worthwhile: true });
});

test('a redrive that sends nothing is not worth while', () => {
  assert.equal(outcomeOf({ ...report, flows: [] }).worthwhile, false);
});

test('a dry run says what would be sent, a redrive what was', () => {
  assert.equal(sentBy(report), 5);
  assert.equal(sentBy({ ...report, dryRun: false, sent: 4 }), 4);
});

test('rows are grouped by what changes for them, most first', () => {
  assert.deepEqual(
    changes(report.rows).map(({ after, better, rows }) => [after, better, rows.length]),
    [
      ['kept', true, 2],
      ['violation: r', false, 1],
    ],
  );
  assert.equal(changes([{ place, before: 'late', after: '2 rows kept; violation: r', row: null }])[0]?.better, true);
  assert.equal(changes([{ place, before: 'late', after: 'violation: kept_rule', row: null }])[0]?.better, false);
});

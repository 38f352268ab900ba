import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QuarantinedRow } from '../../../../src/contract/quality.ts';
import {
  isChosen,
  MAX_PLACES,
  NOTHING,
  pageToggled,
  placeText,
  requestOf,
  type Selection,
  toggled,
} from './selection.ts';

const row = (offset: number, redriven = false): QuarantinedRow => ({
  place: { table: 'silver', topic: 'p.bronze', partition: 0, offset, flow: 'silver', index: 0 },
  ...{ outcome: 'violation', reason: '', rules: ['r'], violations: [], key: null, value: null, cut: false },
  ...{ recordedAt: '2026-12-24T00:00:00.000Z', ingestedAt: '2026-12-24T00:00:00.000Z', headers: {}, row: null },
  ...{ redrivenAt: redriven ? '2026-12-24T00:01:00.000Z' : null, redrivenBy: redriven ? 'ops' : null },
});
const scope = { table: 'silver', rule: 'r', outcome: null };
const all: Selection = { kind: 'all' };

test('a row is ticked and unticked', () => {
  const once = toggled(NOTHING, row(1), [row(1)]);
  assert.ok(isChosen(once, row(1)));
  assert.ok(!isChosen(toggled(once, row(1), [row(1)]), row(1)));
});

test('a row that was redriven is never chosen', () => {
  assert.ok(!isChosen(toggled(NOTHING, row(1, true), []), row(1, true)));
  assert.ok(!isChosen(all, row(1, true)));
});

test('taking one row out of all leaves the others of the page', () => {
  const shown = [row(1), row(2), row(3, true)];
  const left = toggled(all, row(1), shown);
  assert.deepEqual(requestOf(scope, left, true), { table: 'silver', places: [row(2).place], dryRun: true });
});

test('the head of the list ticks the whole page, and then none of it', () => {
  const shown = [row(1), row(2), row(3, true)];
  const once = pageToggled(NOTHING, shown);
  assert.equal(once.kind === 'rows' && once.places.size, 2);
  assert.deepEqual(pageToggled(once, shown), NOTHING);
  assert.deepEqual(pageToggled(all, shown), NOTHING);
});

test('all goes by rule, rows by their places, and nothing asks for nothing', () => {
  assert.deepEqual(requestOf(scope, all, false), { table: 'silver', rule: 'r', dryRun: false });
  assert.deepEqual(requestOf({ ...scope, rule: null, outcome: 'late' }, all, false), {
    ...{ table: 'silver', outcome: 'late', dryRun: false },
  });
  assert.equal(requestOf(scope, NOTHING, true), null);
});

test('no more rows are ticked than one request may name', () => {
  const shown = Array.from({ length: MAX_PLACES + 5 }, (_, i) => row(i));
  const chosen = pageToggled(NOTHING, shown);
  assert.equal(chosen.kind === 'rows' && chosen.places.size, MAX_PLACES);
  const more = toggled(chosen, row(MAX_PLACES + 3), shown);
  assert.equal(more.kind === 'rows' && more.places.size, MAX_PLACES);
});

test('a place is written as people say it', () => {
  assert.equal(placeText(row(7).place), 'p.bronze:0:7');
  assert.equal(placeText({ ...row(7).place, index: 2 }), 'p.bronze:0:7 row 2');
});

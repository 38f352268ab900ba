import assert from 'node:assert/strict';
import { test } from 'node:test';
import { behindToggled, foldsOf, foldsText, laneToggled } from './folds-address.ts';
import { NO_FOLDS } from './shown-graph.ts';

test('folds survive their way through the address', () => {
  const folds = behindToggled(behindToggled(laneToggled(NO_FOLDS, 'silver'), 'a'), 'b');
  const { lanes, behind } = foldsText(folds);
  assert.deepEqual(foldsOf(lanes, behind), folds);
});

test('an address without folds, or with lanes that are none, folds nothing', () => {
  assert.deepEqual(foldsOf(null, null), NO_FOLDS);
  assert.deepEqual(foldsOf('lead,', ''), NO_FOLDS);
});

test('what is folded is unfolded by the same button', () => {
  assert.deepEqual(laneToggled(laneToggled(NO_FOLDS, 'gold'), 'gold'), NO_FOLDS);
  assert.deepEqual(behindToggled(behindToggled(NO_FOLDS, 'a'), 'a'), NO_FOLDS);
});

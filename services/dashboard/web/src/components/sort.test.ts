import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCells } from '../format/cells.ts';
import { nextSort, sorted } from './sort.ts';

test('numbers begin with the greatest, words with A; the third click takes the order away', () => {
  const first = nextSort(null, 'gifts', true);
  assert.deepEqual(first, { key: 'gifts', down: true });
  const second = nextSort(first, 'gifts', true);
  assert.deepEqual(second, { key: 'gifts', down: false });
  assert.equal(nextSort(second, 'gifts', true), null);
  assert.deepEqual(nextSort(second, 'city', false), { key: 'city', down: false });
});

test('what has no value comes last in both directions', () => {
  const rows = [{ n: 2 }, { n: null }, { n: 3 }, { n: 1 }];
  const by = (down: boolean) =>
    sorted(
      rows,
      down,
      (row) => row.n,
      (a, b) => compareCells(a, b, 'long'),
    ).map((row) => row.n);
  assert.deepEqual(by(false), [1, 2, 3, null]);
  assert.deepEqual(by(true), [3, 2, 1, null]);
});

test('equal rows stay in the order that they had, and the given rows stay as they were', () => {
  const rows = [
    { n: 1, id: 'a' },
    { n: 1, id: 'b' },
    { n: 0, id: 'c' },
  ];
  const down = sorted(
    rows,
    true,
    (row) => row.n,
    (a, b) => compareCells(a, b, 'long'),
  );
  assert.deepEqual(
    down.map((row) => row.id),
    ['a', 'b', 'c'],
  );
  assert.equal(rows[0]?.id, 'a');
});

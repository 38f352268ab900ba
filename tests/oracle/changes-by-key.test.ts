import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChangeByKey, history, outcomesOf, overwritten } from './changes-by-key.ts';

type Row = { readonly name: string; readonly note: string };
const change = (sequence: number, name: string | null, note = ''): ChangeByKey<Row> => ({
  ...{ key: 'k', sequence, row: name === null ? null : { name, note } },
  content: name === null ? 0 : name.charCodeAt(0) * 1_000 + note.length,
});
const versions = (sent: readonly ChangeByKey<Row>[]) =>
  history(sent, (a, b) => a.name === b.name).map(({ row, from, to }) => [row.name, row.note, from, to]);

test('a late version splits the one that it falls in', () => {
  const sent = [change(5, 'Alice'), change(10, 'Alice'), change(15, 'Alice'), change(20, 'Charlie')];
  assert.deepEqual(versions(sent), [
    ['Alice', '', 5, 20],
    ['Charlie', '', 20, null],
  ]);
  assert.deepEqual(versions([...sent, change(12, 'Bob')]), [
    ['Alice', '', 5, 12],
    ['Bob', '', 12, 15],
    ['Alice', '', 15, 20],
    ['Charlie', '', 20, null],
  ]);
});

test('a delete ends a version, and what is the same after it is a version of its own', () => {
  assert.deepEqual(versions([change(5, 'Alice'), change(7, null), change(9, 'Alice')]), [
    ['Alice', '', 5, 7],
    ['Alice', '', 9, null],
  ]);
});

test('a version shows its last change', () => {
  assert.deepEqual(versions([change(5, 'Alice'), change(8, 'Alice', 'moved')]), [['Alice', 'moved', 5, null]]);
});

test('of changes of equal sequence a delete counts, and of others the greater content', () => {
  assert.deepEqual(overwritten([change(5, 'Bob'), change(5, 'Alice')]), [{ name: 'Bob', note: '' }]);
  assert.deepEqual(overwritten([change(5, null), change(5, 'Bob')]), []);
  assert.deepEqual(versions([change(5, 'Bob'), change(5, null)]), []);
});

test('a row that was deleted does not come back with what is older', () => {
  assert.deepEqual(overwritten([change(9, null), change(5, 'Alice')]), []);
});

test('what became of a change depends on those before it', () => {
  const sent = [change(5, 'Bob'), change(3, 'Al'), change(5, 'Bob'), change(5, 'Al'), change(7, null), change(7, null)];
  const anyType = ['accepted', 'superseded', 'unchanged', 'superseded', 'deleted', 'unchanged'];
  assert.deepEqual(outcomesOf(sent, 1), anyType);
  // With history, what is older is a version too.
  assert.deepEqual(outcomesOf(sent, 2), anyType.with(1, 'accepted'));
});

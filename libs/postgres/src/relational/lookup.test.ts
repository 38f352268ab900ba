import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexedColumns, lookup, type Wanted } from './lookup.ts';

const wanted = (column: string, nullable: boolean): Wanted => ({ column, nullable, value: `t.${column}` });
const branches = (sql: string): number => sql.split('UNION ALL').length;

test('columns that are never null are compared by = in one branch', () => {
  const sql = lookup('x', [wanted('a', false), wanted('b', false)]);
  assert.equal(branches(sql), 1);
  assert.match(sql, /x\."a" = t\.a AND x\."b" = t\.b/);
});

test('each pattern of nulls has a branch of its own, of which the values choose one', () => {
  const sql = lookup('x', [wanted('a', false), wanted('b', true), wanted('c', true)]);
  assert.equal(branches(sql), 4);
  for (const branch of sql.split('UNION ALL')) assert.equal(branch.match(/t\.[bc] IS (NOT )?NULL/g)?.length, 2);
});

test('with many columns that may be null the number of branches is bounded', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => wanted(name, true));
  assert.equal(branches(lookup('x', many)), 8);
  assert.equal(branches(lookup('x', [wanted('k', false), ...many])), 1);
});

test('an index has the columns that are compared by =, those that are never null first', () => {
  const names = (columns: readonly Wanted[]): string =>
    indexedColumns(columns)
      .map(({ column }) => column)
      .join();
  assert.equal(names([wanted('a', true), wanted('k', false)]), 'k,a');
  assert.equal(names(['a', 'b', 'c', 'd'].map((name) => wanted(name, true))), 'a,b,c');
  assert.equal(names([...['a', 'b', 'c', 'd'].map((name) => wanted(name, true)), wanted('k', false)]), 'k');
});

test('names are quoted', () => {
  assert.match(lookup('x', [{ column: 'a"b', nullable: false, value: '1' }]), /x\."a""b" = 1/);
});

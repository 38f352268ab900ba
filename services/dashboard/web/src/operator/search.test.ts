import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, marked, next } from './search.ts';

const tables = ['bronze_orders', 'silver_orders', 'silver_customers'];
const find = (query: string): readonly string[] => found(tables, query, (table) => [table, null]);

test('every word has to be found, in any order and case', () => {
  assert.deepEqual(find('orders'), ['bronze_orders', 'silver_orders']);
  assert.deepEqual(find('ORD silver'), ['silver_orders']);
  assert.deepEqual(find('gold'), []);
});

test('an empty search finds nothing, so that nothing is marked', () => {
  assert.deepEqual(find('  '), []);
});

test('next goes round, forwards and backwards', () => {
  assert.equal(next(tables, null, 1), 'bronze_orders');
  assert.equal(next(tables, 'silver_customers', 1), 'bronze_orders');
  assert.equal(next(tables, 'bronze_orders', -1), 'silver_customers');
  assert.equal(next(tables, null, -1), 'silver_customers');
  assert.equal(next([], 'x', 1), null);
});

test('what was searched for is marked, and the pieces are the text', () => {
  assert.deepEqual(marked('silver_orders', 'ORD'), [
    { text: 'silver_', hit: false },
    { text: 'ord', hit: true },
    { text: 'ers', hit: false },
  ]);
  assert.deepEqual(marked('aaa', 'aa'), [{ text: 'aaa', hit: true }]);
  assert.deepEqual(marked('abc', ''), [{ text: 'abc', hit: false }]);
});

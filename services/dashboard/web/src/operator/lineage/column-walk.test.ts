import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byTable, type ColumnEdge, walk } from './column-walk.ts';

const edge = (source: string, target: string): ColumnEdge => {
  const [from, to] = [source.split('.'), target.split('.')];
  return {
    ...{ source: from[0] as string, sourceColumn: from[1] as string },
    ...{ target: to[0] as string, targetColumn: to[1] as string },
  };
};
const edges = [
  edge('raw.amount', 'bronze.amount'),
  edge('bronze.amount', 'silver.amount'),
  edge('bronze.rate', 'silver.amount'),
  edge('silver.amount', 'gold.total'),
  edge('bronze.amount', 'gold.total'),
  edge('bronze.name', 'silver.name'),
];
const names = (way: 'to' | 'from', table: string, column: string): readonly string[] =>
  walk(edges, { table, column }, way).map((step) => `${step.table}.${step.column} ${step.steps}`);

test('everything that leads to a column is found once, at its shortest distance', () => {
  assert.deepEqual(names('to', 'gold', 'total'), [
    'silver.amount 1',
    'bronze.amount 1',
    'bronze.rate 2',
    'raw.amount 2',
  ]);
});

test('everything that a column leads to is found', () => {
  assert.deepEqual(names('from', 'raw', 'amount'), ['bronze.amount 1', 'silver.amount 2', 'gold.total 2']);
});

test('other columns of the same tables are not among it', () => {
  assert.deepEqual(names('from', 'bronze', 'name'), ['silver.name 1']);
});

test('a circle ends', () => {
  const circle = [edge('a.x', 'b.x'), edge('b.x', 'a.x')];
  assert.deepEqual(walk(circle, { table: 'a', column: 'x' }, 'from'), [{ table: 'b', column: 'x', steps: 1 }]);
});

test('a dot in a name is not mistaken for the end of it', () => {
  const dotted: ColumnEdge[] = [{ source: 'a.b', sourceColumn: 'c', target: 't', targetColumn: 'x' }];
  assert.deepEqual(walk(dotted, { table: 'a', column: 'b.c' }, 'from'), []);
});

test('columns are shown by table, in the order of the data', () => {
  const columns = [
    { table: 'gold', column: 'total' },
    { table: 'bronze', column: 'rate' },
    { table: 'bronze', column: 'amount' },
    { table: 'bronze', column: 'rate' },
  ];
  assert.deepEqual(byTable(columns, ['bronze', 'silver', 'gold']), [
    { table: 'bronze', columns: ['rate', 'amount'] },
    { table: 'gold', columns: ['total'] },
  ]);
});

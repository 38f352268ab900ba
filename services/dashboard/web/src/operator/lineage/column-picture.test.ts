import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOX_WIDTH, columnPicture, onTheWay, tablePicture } from './column-picture.ts';
import type { ColumnEdge } from './column-walk.ts';

const edge = (source: string, sourceColumn: string, target: string, targetColumn: string): ColumnEdge => ({
  ...{ source, sourceColumn, target, targetColumn },
});
const edges = [
  edge('raw', 'amount', 'bronze', 'amount'),
  edge('bronze', 'amount', 'silver', 'total'),
  edge('bronze', 'rate', 'silver', 'total'),
  edge('silver', 'total', 'gold', 'sum'),
  edge('bronze', 'rate', 'gold', 'rates'),
];
const chosen = { table: 'silver', column: 'total' };

test('only edges on the way to a column or from it are drawn', () => {
  assert.equal(onTheWay(edges, chosen).length, 4);
  // The rate leads to the total, but what else comes of the rate does not come of the total.
  assert.ok(!onTheWay(edges, chosen).some(({ targetColumn }) => targetColumn === 'rates'));
});

test('tables show just the columns on the way, and stand in the order of the data', () => {
  const { boxes, arrows } = columnPicture(edges, chosen);
  const box = (table: string) => boxes.find((each) => each.table === table)!;
  assert.deepEqual([...box('bronze').columns].sort(), ['amount', 'rate']);
  assert.deepEqual(box('gold').columns, ['sum']);
  for (const [before, after] of [
    ['raw', 'bronze'],
    ['bronze', 'silver'],
    ['silver', 'gold'],
  ] as const)
    assert.ok(box(before).x + BOX_WIDTH < box(after).x);
  assert.equal(arrows.length, 4);
});

test('a column that nothing leads to and nothing comes of stands alone', () => {
  const { boxes, arrows } = columnPicture(edges, { table: 'bronze', column: 'note' });
  assert.deepEqual(
    boxes.map(({ table, columns }) => [table, columns]),
    [['bronze', ['note']]],
  );
  assert.deepEqual(arrows, []);
});

test('without a column, all tables are drawn', () => {
  const picture = tablePicture([
    { source: 'a', target: 'b' },
    { source: 'a', target: 'c' },
  ]);
  assert.equal(picture.boxes.length, 3);
  assert.ok(
    picture.boxes.every(
      ({ x, y, width, height }) => x >= 0 && y >= 0 && x + width <= picture.width && y + height <= picture.height,
    ),
  );
  assert.deepEqual(tablePicture([]).boxes, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeLabels } from './labels.ts';

const mark = (label: string, x: number, y: number) => ({ key: label, label, x, y, radius: 4 });

test('names do not lie over each other: the greater place has its name', () => {
  const marks = [mark('Delhi', 100, 100), mark('Agra', 100, 106), mark('Pune', 100, 112), mark('Rome', 100, 200)];
  const labels = placeLabels(marks, 500, 9);
  assert.deepEqual(
    labels.map((label) => [label.text, label.end]),
    [
      ['Delhi', false],
      ['Agra', true],
      ['Rome', false],
    ],
  );
});

test('a name does not lie over another place: it stands on the other side then, or not at all', () => {
  const right = placeLabels([mark('Seoul', 100, 100), mark('Tokyo', 120, 100)], 500, 9);
  assert.deepEqual(
    right.map((label) => [label.text, label.end]),
    [
      ['Seoul', true],
      ['Tokyo', false],
    ],
  );
  const between = placeLabels([mark('b', 80, 100), mark('Seoul', 100, 100), mark('c', 120, 100)], 500, 9);
  assert.ok(!between.some((label) => label.text === 'Seoul'));
});

test('near the right edge a name stands left of its place', () => {
  const [label] = placeLabels([mark('Auckland', 490, 50)], 500, 9);
  assert.equal(label?.end, true);
  assert.ok(label !== undefined && label.x < 490);
});

test('no more names than asked for', () => {
  const marks = Array.from({ length: 20 }, (_, index) => mark(String(index), 50, index * 30));
  assert.equal(placeLabels(marks, 500, 5).length, 5);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeLabels } from './labels.ts';

const mark = (label: string, x: number, y: number) => ({ key: label, label, x, y, radius: 4 });

test('names do not lie over each other: the greater place has its name', () => {
  const labels = placeLabels([mark('Delhi', 100, 100), mark('Agra', 104, 103), mark('Rome', 100, 200)], 500, 9);
  assert.deepEqual(
    labels.map((label) => label.text),
    ['Delhi', 'Rome'],
  );
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

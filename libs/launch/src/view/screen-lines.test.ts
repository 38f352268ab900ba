import assert from 'node:assert/strict';
import { snapshot, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { cells, coloured, paintLine, uncoloured } from './line.ts';
import type { View } from './model.ts';
import { type Size, screenLines } from './screen-lines.ts';
import { testView } from './test-view.ts';

// node --test --test-update-snapshots writes them anew.
snapshot.setDefaultSnapshotSerializers([String]);

const shown = (view: View, size: Size): string[] =>
  screenLines(view, size).map((line) => paintLine(line, size.width, uncoloured));

const sizes: readonly Size[] = [
  { width: 120, height: 46 },
  { width: 80, height: 40 },
  { width: 80, height: 24 },
  { width: 60, height: 40 },
  { width: 60, height: 20 },
];

for (const size of sizes)
  test(`a running pipeline on a terminal of ${size.width} by ${size.height}`, (t) => {
    t.assert.snapshot(shown(testView, size).join('\n'));
  });

const coming: View = {
  ...testView,
  phase: 'starting',
  steps: [
    { name: 'Kafka', state: 'working', note: 'fetching, only this once', ms: 12_300 },
    { name: 'Postgres', state: 'done', note: '', ms: 1_200 },
    { name: 'schema registry', state: 'failed', note: 'exit code 1', ms: 4_000 },
    { name: 'first gold row', state: 'waiting', note: '', ms: 0 },
  ],
  problems: [],
  notes: [],
  help: null,
};

test('what comes up has a line each with its time', (t) => {
  t.assert.snapshot(shown(coming, { width: 80, height: 24 }).join('\n'));
});

test('what stops is shown by process, with what happened', (t) => {
  t.assert.snapshot(shown({ ...testView, phase: 'stopping', problems: [] }, { width: 80, height: 24 }).join('\n'));
});

test('nothing is wider or higher than the terminal, of whatever size it is', () => {
  for (const phase of ['starting', 'running', 'stopping'] as const)
    for (let width = 1; width <= 200; width += 7)
      for (let height = 1; height <= 80; height += 3) {
        const lines = shown({ ...testView, phase }, { width, height });
        assert.ok(lines.length <= height, `${lines.length} lines in ${width} by ${height}`);
        for (const line of lines) assert.ok(cells(line) <= width, `${width}: ${line}`);
      }
});

test('without colours there is no escape sequence, and colours change nothing but colours', () => {
  const size = { width: 100, height: 46 };
  const plain = shown(testView, size);
  const painted = screenLines(testView, size).map((line) => paintLine(line, size.width, coloured));
  assert.doesNotMatch(plain.join(''), /\p{Cc}/u);
  assert.match(painted.join(''), /\p{Cc}/u);
  assert.deepEqual(painted.map(stripVTControlCharacters), plain);
});

test('text of a record cannot move the cursor or turn the direction of the line', () => {
  const text = shown(testView, { width: 120, height: 46 }).join('\n');
  assert.match(text, /Oslo·\[2J·/);
});

test('final and provisional rows differ without colours', () => {
  const rows = shown(testView, { width: 120, height: 46 }).filter((line) => /12-24 23:(14|08)/.test(line));
  assert.deepEqual(
    rows.map((row) => row[0]),
    ['○', '●'],
  );
});

test('where not all gold tables fit they take turns', () => {
  const many = { ...testView, gold: [0, 1, 2, 3, 4].map((i) => ({ ...testView.gold[0]!, name: `table_${i}` })) };
  const seen = new Set<string>();
  for (let ms = 0; ms < 25_000; ms += 5_000) {
    const text = shown({ ...many, ms, problems: [], notes: [] }, { width: 100, height: 24 }).join('\n');
    for (const [name] of text.matchAll(/table_\d/g)) seen.add(name);
    assert.ok((text.match(/table_\d/g) ?? []).length < 5);
  }
  assert.equal(seen.size, 5);
});

test('how to query is shown in full at any width that holds its words', () => {
  for (const width of [60, 80, 120]) {
    const text = shown(testView, { width, height: 46 }).join('').replaceAll(' ', '');
    for (const part of [testView.help!.query, testView.help!.databaseUrl, ...testView.help!.metrics.map((m) => m.name)])
      assert.ok(text.includes(part.replaceAll(' ', '')), `${width}: ${part}`);
  }
});

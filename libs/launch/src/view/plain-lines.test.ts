import assert from 'node:assert/strict';
import { snapshot, test } from 'node:test';
import { plainHelp, plainLines, stamped } from './plain-lines.ts';
import { testView } from './test-view.ts';

snapshot.setDefaultSnapshotSerializers([String]);

test('without a terminal the state is plain lines, each with its time', (t) => {
  const lines = plainLines(testView);
  t.assert.snapshot(lines.join('\n'));
  for (const line of lines) assert.match(line, /^2025-12-24T23:14:05Z {2}\P{Cc}+$/u);
});

test('where to look further is told in lines', (t) => {
  t.assert.snapshot(plainHelp(testView.help!).join('\n'));
});

test('before anything is known the lines say so', () => {
  const lines = plainLines({ ...testView, stages: [], rules: [], refused: [], gold: [], problems: [] });
  assert.deepEqual(
    lines.map((line) => line.slice(22)),
    ['expectations passed/failed: none yet', 'quarantine: empty'],
  );
});

test('a message of several lines stays one line', () => {
  assert.equal(stamped(testView, 'a\nb'), '2025-12-24T23:14:05Z  a b');
});

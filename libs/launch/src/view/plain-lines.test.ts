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

test('of a process of which nothing is known its state is told, and no numbers', () => {
  const silent = {
    ...({ name: 'dashboard', state: 'ready', restarts: 0, watermark: null } as const),
    ...{ inPerSecond: null, outPerSecond: null, lagRecords: null, lagSeconds: null },
  };
  const told = (over: object) => plainLines({ ...testView, stages: [{ ...silent, ...over }] })[0]?.slice(22);
  assert.equal(told({}), 'dashboard: ready');
  assert.equal(told({ inPerSecond: 0 }), 'dashboard: ready, in 0.0/s', 'none is a number');
  assert.equal(told({ lagRecords: 0 }), 'dashboard: ready, lag 0');
  assert.equal(told({ lagRecords: 3, lagSeconds: 2 }), 'dashboard: ready, lag 3 (2.0 s)');
});

test('a message of several lines stays one line', () => {
  assert.equal(stamped(testView, 'a\nb'), '2025-12-24T23:14:05Z  a b');
});

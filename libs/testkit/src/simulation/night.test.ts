import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withNight } from './night.ts';
import type { InputFile, Scenario } from './scenario.ts';

const DAY_MS = 86_400_000;

const record = (atMs: number) => ({ atMs, topic: 't', partition: 0, key: null, value: null, what: 'a record' });
const file = (path: string, atMs: number): InputFile => ({ atMs, path, rows: [], settlesMs: 2_000 });

const scenario: Scenario = {
  ...{ seed: 1, world: 'w', partitions: 1, brokers: 1 },
  settings: {
    ...{ fetchWaitMs: 1, maxBatchBytes: 1, sessionTimeoutMs: 1 },
    ...{ tickMs: 1, checkpointEveryMs: 1, idleTimeoutMs: 1 },
  },
  processes: [0, 3_000].map((startMs, slot) => ({ layer: 'bronze', slot, startMs, skewMs: 0 })),
  records: [record(1_000), record(5_000)],
  files: [file('early', 500), file('begun', 1_900), file('begun', 2_900), file('late', 2_500)],
  faults: [1_500, 2_500].map((atMs) => ({ atMs, kind: 'compaction' })),
  checksMs: [1_000, 4_000],
};

test('what comes after the moment comes when the night is over, but for a file that is being written', () => {
  const { records, files, faults, processes, checksMs } = withNight(scenario, 2_000, DAY_MS);
  const times = (all: readonly { readonly atMs: number }[] = []) => all.map(({ atMs }) => atMs);
  assert.deepEqual(times(records), [1_000, 5_000 + DAY_MS]);
  assert.deepEqual(
    files?.map(({ path, atMs }) => [path, atMs]),
    [
      ['early', 500],
      ['begun', 1_900],
      ['begun', 2_900],
      ['late', 2_500 + DAY_MS],
    ],
  );
  assert.deepEqual(
    faults.map(({ kind, atMs }) => [kind, atMs]),
    [
      ['compaction', 1_500],
      ['night', 2_000],
      ['compaction', 2_500 + DAY_MS],
    ],
  );
  assert.deepEqual(
    processes.map(({ startMs }) => startMs),
    [0, 3_000 + DAY_MS],
  );
  assert.deepEqual(checksMs, [1_000, 4_000 + DAY_MS]);
});

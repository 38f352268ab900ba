import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputFile, Scenario } from './scenario.ts';
import { withSilence } from './silence.ts';

const record = (atMs: number, partition = 0) => ({
  ...{ atMs, partition, topic: 't' },
  key: null,
  value: null,
  what: '',
});
const file = (path: string, atMs: number): InputFile => ({ atMs, path, rows: [], settlesMs: 2_000 });

const scenario: Scenario = {
  ...{ seed: 1, world: 'w', partitions: 2, brokers: 1 },
  settings: {
    ...{ fetchWaitMs: 1, maxBatchBytes: 1, sessionTimeoutMs: 1 },
    ...{ tickMs: 1, checkpointEveryMs: 1, idleTimeoutMs: 1 },
  },
  processes: [{ layer: 'bronze', slot: 0, startMs: 3_000, skewMs: 0 }],
  records: [record(1_000), record(2_000), record(3_000, 1)],
  files: [file('begun', 1_900), file('begun', 2_900), file('late', 2_500)],
  faults: [{ atMs: 2_500, kind: 'compaction' }],
  checksMs: [4_000],
};

test('what comes after the moment comes later, in each partition by its own measure, but for a file that is being written', () => {
  const { records, files, ...rest } = withSilence(scenario, 2_000, 10_000, [0, 500]);
  assert.deepEqual(
    records.map(({ atMs }) => atMs),
    [1_000, 12_000, 13_500],
  );
  assert.deepEqual(
    files?.map(({ atMs }) => atMs),
    [1_900, 2_900, 12_500],
  );
  const { records: _, files: __, ...before } = scenario;
  assert.deepEqual(rest, before);
});

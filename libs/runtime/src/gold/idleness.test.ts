import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caughtUpPartitions } from './idleness.ts';

const PARTITIONS = [0, 1, 2];

/** A flow whose input has two partitions of two records each; the group has read so many. */
async function caughtUp(spreads: boolean, ...read: readonly number[]): Promise<readonly number[]> {
  const log = {
    partitions: async () => [0, 1].map((partition) => ({ partition, low: 0, high: 2 })),
    committed: async () => new Map(read.map((offset, partition) => [partition, { offset, metadata: '' }])),
  };
  return [...(await caughtUpPartitions(log, [{ group: 'flow', input: 'in', spreads }], PARTITIONS))];
}

test('W5 a partition is caught up when the partition of the same number before it is', async () => {
  assert.deepEqual(await caughtUp(false, 2, 1), [0]);
  assert.deepEqual(await caughtUp(false, 2, 2), [0, 1]);
});

test('W5 behind files every partition waits for every reader: any of them may bring its rows', async () => {
  assert.deepEqual(await caughtUp(true, 2, 1), []);
  assert.deepEqual(await caughtUp(true, 2, 2), PARTITIONS);
});

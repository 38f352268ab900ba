import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { files, jsonLines, pipeline, streamingTable, streamingTables } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { caughtUpPartitions, upstream } from './idleness.ts';

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

test('G2 a row that is passed on while it is looked is still to come, in whichever order the answers arrive', async () => {
  // A row is in the input of bronze until somebody looks there, and from then on in that of silver.
  let isPassedOn = false;
  const ends = { raw: () => 1, bronze: () => (isPassedOn ? 1 : 0) };
  const log = {
    partitions: async (topic: string) => [{ partition: 0, low: 0, high: ends[topic as keyof typeof ends]() }],
    committed: async (group: string) => {
      if (group === 'bronze') await turn(undefined);
      if (group === 'bronze') isPassedOn = true;
      return new Map([[0, { offset: group === 'bronze' ? 1 : 0, metadata: '' }]]);
    },
  };
  const way = [
    { group: 'silver', input: 'bronze', spreads: false },
    { group: 'bronze', input: 'raw', spreads: false },
  ];
  assert.deepEqual([...(await caughtUpPartitions(log, way, [0]))], []);
});

test('G2 a row that comes while it is looked how far a flow is has not been read', async () => {
  let high = 11;
  const log = {
    partitions: async () => [{ partition: 0, low: 0, high }],
    committed: async () => {
      await turn(undefined);
      high = 12;
      return new Map([[0, { offset: 11, metadata: '' }]]);
    },
  };
  assert.deepEqual([...(await caughtUpPartitions(log, [{ group: 'flow', input: 'in', spreads: false }], [0]))], []);
});

test('W5 behind files every partition waits for every reader: any of them may bring its rows', async () => {
  assert.deepEqual(await caughtUp(true, 2, 1), []);
  assert.deepEqual(await caughtUp(true, 2, 2), PARTITIONS);
});

test('W5 the flows before a table are those of all tables on the way, and only files are spread', () => {
  const format = jsonLines(row('Raw', { id: string() }));
  const landed = streamingTable('landed').from(files('in', { pattern: '*', format, key: 'id' }));
  const plan = pipeline('shop', { tables: [landed, streamingTable('clean').from(landed)] });
  assert.deepEqual(upstream(plan, streamingTables(plan)[1]!), [
    { group: 'shop.clean', input: 'shop.landed', spreads: false },
    { group: 'shop.landed', input: 'shop.landed.files', spreads: true },
  ]);
});

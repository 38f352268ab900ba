import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceOf, EPOCH_MS, play, type Scenario } from '@medallion/testkit';
import { santaWorld } from '../simulation/santa-world.ts';

const LAYERS = ['bronze', 'silver', 'gold'] as const;

/** All records come at once, are in gold soon, and then nothing more comes. */
const quiet = (lostMs: number): Scenario => ({
  seed: 1,
  world: santaWorld.name,
  partitions: 2,
  brokers: 1,
  settings: {
    fetchWaitMs: 1_000,
    maxBatchBytes: 65_536,
    sessionTimeoutMs: 10_000,
    tickMs: 1_000,
    checkpointEveryMs: 1_000,
    idleTimeoutMs: 3_600_000,
  },
  processes: LAYERS.map((layer) => ({ layer, slot: 0, startMs: 0, skewMs: 0 })),
  records: santaWorld
    .records(chanceOf(1, 'records'), { count: 30, partitions: 2, withinMs: 1, epochMs: EPOCH_MS })
    .map((record) => ({ ...record, atMs: 8_000 })),
  faults: [{ atMs: 7_000, kind: 'failover', lostMs }],
  checksMs: [],
});

test('G7 what a database lacks that has failed over is committed again, also when nothing more comes', async () => {
  const { violations, trace } = await play(quiet(60_000), santaWorld, { trace: true });
  assert.deepEqual(violations, []);
  const committed = trace.findLastIndex((line) => / commit .*\bsilver_santa_deliveries\[/.test(line));
  const wentBack = trace.findIndex((line) => line.includes('the replica takes over'));
  assert.ok(wentBack > 0 && committed > wentBack, 'the database went back when all was in it, and gold did it again');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceOf } from './chance.ts';
import { SimCluster } from './sim-cluster.ts';
import { VirtualTime } from './virtual-time.ts';

test('compaction leaves the newest record of a key, and what was appended less than its lag ago', async () => {
  const time = new VirtualTime(1);
  const until = (ms: number) => time.run(ms, () => false);
  const now = () => time.now;
  const cluster = new SimCluster({ brokers: 1, schedule: time.schedule, now, chance: chanceOf(1, 'test') });
  const spec = { cleanup: 'compact', compaction: { lagMs: 1_000, tombstoneRetentionMs: 0 } } as const;
  cluster.createTopic('changelog', 1, spec);
  const at = { topic: 'changelog', partition: 0 };
  const put = (key: string) =>
    cluster.append([{ ...at, records: [{ key: Buffer.from(key), value: Buffer.from('v'), headers: {} }] }], 0);
  put('a');
  put('b');
  put('a');
  await until(800);
  put('a');
  put('a');
  await until(1_500);
  cluster.compact();
  const log = cluster.partition(at)!;
  const offsets = () => log.slice(0, log.high, 1_000).map(({ offset }) => offset);
  assert.deepEqual(offsets(), [1, 2, 3, 4]);
  assert.deepEqual(
    log.archive.map(({ offset }) => offset),
    [0, 1, 2, 3, 4],
  );
  await until(2_000);
  cluster.compact();
  // The newest record of all stays beside the one before it.
  assert.deepEqual(offsets(), [1, 3, 4]);
});

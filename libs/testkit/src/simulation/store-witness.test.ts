import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, NEVER } from '@medallion/core';
import { json, pipeline, streamingTable, topic } from '@medallion/pipeline';
import type { GoldCommit } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import { MemoryDatabase } from '../store/memory-database.ts';
import { chanceOf } from './chance.ts';
import { EPOCH_MS } from './scenario.ts';
import { SimCluster } from './sim-cluster.ts';
import { SimProcess } from './sim-process.ts';
import { StoreWitness } from './store-witness.ts';
import { VirtualTime } from './virtual-time.ts';

const bronze = streamingTable('bronze').from(topic('raw', { format: json(row('Raw', { id: string() })), key: 'id' }));
const plan = pipeline('shop', { tables: [bronze] });
const BRONZE = { topic: 'shop.bronze', partition: 0 };

function world() {
  const time = new VirtualTime(1);
  const now = () => time.now;
  const { schedule } = time;
  const cluster = new SimCluster({ brokers: 1, schedule, now, chance: chanceOf(1, 'test') });
  cluster.createTopic('raw', 1);
  const database = new MemoryDatabase(now);
  const said: string[] = [];
  const witness = new StoreWitness({ plan, cluster, broken: (invariant, what) => said.push(`${invariant}: ${what}`) });
  const process = new SimProcess({ name: 'gold 0#0', seed: 1, schedule, trueNow: () => EPOCH_MS + now(), skewMs: 0 });
  const send = () =>
    cluster.append([{ topic: 'raw', partition: 0, records: [{ key: null, value: null, headers: {} }] }], 0);
  const join = () =>
    cluster.group('shop.bronze').join(
      {
        ...{ member: null, topics: ['raw'], sessionTimeoutMs: 10_000 },
        ...{ rebalanceTimeoutMs: 60_000, maxMembers: undefined },
      },
      now,
    );
  return { cluster, database, witness, process, said, send, join, until: (ms: number) => time.run(ms, () => false) };
}

const commitOf = (step: { epoch: number; from: number; next: number; idle?: true }): GoldCommit => {
  const { idle = false, ...rest } = step;
  const state = { watermark: NEVER, coordinates: {}, idle };
  const leases = [{ ...BRONZE, ...rest, state }];
  return {
    ...{ leases, finalThrough: new Map(), deltas: new Map(), copies: [], changes: new Map() },
    ...{ quarantined: [], late: [], counts: [] },
  };
};

test('I1 a commit from another offset or epoch than the lease has, or backwards, is seen', () => {
  const { database, witness, process, said } = world();
  const { epoch } = database.acquire(BRONZE, 'gold 0');
  witness.committed(process, commitOf({ epoch, from: 0, next: 3 }), database.leases);
  assert.equal(said.length, 0);
  for (const wrong of [
    { epoch, from: 1, next: 3 },
    { epoch: epoch + 1, from: 0, next: 3 },
    { epoch, from: 0, next: -1 },
  ])
    witness.committed(process, commitOf(wrong), database.leases);
  assert.equal(said.filter((line) => line.startsWith('I1 commit')).length, 3);
});

test('G2 a partition that becomes idle while its flow had still to read what was there at the look is seen', async () => {
  const { cluster, database, witness, process, said, send, join, until } = world();
  const { epoch } = database.acquire(BRONZE, 'gold 0');
  const idle = () => witness.committed(process, commitOf({ epoch, from: 0, next: 0, idle: true }), database.leases);
  idle();
  assert.match(said.pop()!, /^G2 idle/, 'nobody has looked');
  send();
  await until(10);
  process.asks('checkpoints of shop.bronze');
  idle();
  assert.match(said.pop()!, /had read 0 of 1/);
  const { member, generation } = await join();
  cluster.group('shop.bronze').commit(member, generation, [{ topic: 'raw', partition: 0, offset: 1, metadata: '' }]);
  await until(20);
  // What came after the look is nothing that it could see.
  send();
  idle();
  assert.equal(said.length, 0);
});

test('W5 what is final before a partition that counts, or that nobody has read, is seen', () => {
  const { database, witness, said } = world();
  database.acquire(BRONZE, 'gold 0');
  const step = { source: 'bronze', topic: BRONZE.topic, before: NEVER, through: 5 as Instant };
  witness.final({ ...step, partitions: 1, through: NEVER }, database);
  assert.equal(said.length, 0);
  witness.final({ ...step, partitions: 1 }, database);
  assert.match(said.pop()!, /^W5 final.*watermark of partition 0/);
  witness.final({ ...step, partitions: 2 }, database);
  assert.match(said.shift()!, /^W5 final.*of 2 partitions 1 have been read/);
});

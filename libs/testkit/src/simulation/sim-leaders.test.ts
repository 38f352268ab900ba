import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceOf } from './chance.ts';
import { SimCluster } from './sim-cluster.ts';
import { VirtualTime } from './virtual-time.ts';

const AT = { topic: 't', partition: 0 };
const record = { key: null, value: Buffer.from('v'), headers: {} };

function world() {
  const time = new VirtualTime(1);
  const now = () => time.now;
  const cluster = new SimCluster({ brokers: 3, schedule: time.schedule, now, chance: chanceOf(1, 'test') });
  cluster.createTopic('t', 2);
  const append = (broker: number) => cluster.appendAt(broker, [{ ...AT, records: [record] }], 0);
  return { time, cluster, append, until: (ms: number) => time.run(ms, () => false) };
}

const notLeader = { type: 'NOT_LEADER_OR_FOLLOWER' };

test('who led a partition refuses what is sent to it, and clients hear of the new leader a while later', async () => {
  const { cluster, append, until } = world();
  const before = cluster.leader(AT);
  append(before);
  cluster.moveLeader(AT, 500);
  assert.equal(cluster.leader(AT), before, 'clients do not know yet');
  assert.throws(() => append(before), notLeader);
  await assert.rejects(cluster.fetch(before, [{ ...AT, from: 0 }], 1_000, 0), notLeader);
  await until(500);
  const after = cluster.leader(AT);
  assert.notEqual(after, before);
  assert.deepEqual(append(after), [1], 'what was acknowledged is there');
});

test('a request is served for the partitions that the broker leads, and refused for the others', () => {
  const { cluster } = world();
  const other = { topic: 't', partition: 1 };
  const broker = cluster.leader(AT);
  assert.notEqual(cluster.leader(other), broker);
  const batches = [AT, other].map((at) => ({ ...at, records: [record] }));
  assert.throws(() => cluster.appendAt(broker, batches, 0), notLeader);
  assert.deepEqual([cluster.partition(AT)?.high, cluster.partition(other)?.high], [1, 0]);
});

test('a fetch that waits at a broker that leads no more ends with that', async () => {
  const { cluster, until } = world();
  const waiting = cluster.fetch(cluster.leader(AT), [{ ...AT, from: 0 }], 1_000, 5_000);
  const ended = assert.rejects(waiting, notLeader);
  cluster.moveLeader(AT, 0);
  await until(1_000);
  await ended;
});

test('the others take over from a broker that is gone, its groups too', async () => {
  const { cluster } = world();
  const gone = cluster.leader(AT);
  const group = ['a', 'b', 'c', 'd', 'e'].find((id) => cluster.coordinator(id) === `broker ${gone}`)!;
  cluster.group(group);
  cluster.stopBroker(gone);
  assert.deepEqual(
    cluster.takeOver(gone, 0).map(({ id }) => id),
    [group],
  );
  assert.notEqual(cluster.leader(AT), gone);
  assert.notEqual(cluster.coordinator(group), `broker ${gone}`);
});

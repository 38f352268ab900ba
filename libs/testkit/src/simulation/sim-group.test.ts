import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceOf } from './chance.ts';
import { SimCluster } from './sim-cluster.ts';
import type { Assignment, JoinRequest } from './sim-group.ts';
import { VirtualTime } from './virtual-time.ts';

const SESSION_MS = 10_000;

function world() {
  const time = new VirtualTime(1);
  const now = () => time.now;
  const cluster = new SimCluster({ brokers: 1, schedule: time.schedule, now, chance: chanceOf(1, 'test') });
  cluster.createTopic('t', 2);
  const group = cluster.group('g');
  const request = (member: string | null): JoinRequest => ({
    ...{ member, topics: ['t'], sessionTimeoutMs: SESSION_MS, rebalanceTimeoutMs: 60_000, maxMembers: undefined },
  });
  const join = (member: string | null = null): Promise<Assignment> => group.join(request(member), now);
  const commit = ({ member, generation }: Assignment, offset: number) =>
    group.commit(member, generation, [{ topic: 't', partition: 0, offset, metadata: '' }]);
  return { time, now, group, join, commit, until: (ms: number) => time.run(ms, () => false) };
}

test('a member that joins is dealt in once all others have joined again, and a commit of before is refused', async () => {
  const { now, group, join, commit } = world();
  const first = await join();
  assert.equal(first.share.length, 2);
  commit(first, 1);
  const joining = join();
  assert.throws(() => group.heartbeat(first.member, first.generation, now), { type: 'REBALANCE_IN_PROGRESS' });
  const [again, second] = await Promise.all([join(first.member), joining]);
  assert.deepEqual([again.share.length, second.share.length], [1, 1]);
  assert.throws(() => commit(first, 2), { type: 'ILLEGAL_GENERATION' });
  commit(again, 2);
});

test('a member that is not heard of for its session is none any more, and the others get what it had', async () => {
  const { now, group, join, commit, until, time } = world();
  const first = await join();
  const joining = join();
  const [silent, second] = await Promise.all([join(first.member), joining]);
  let heard = second;
  for (let at = 1_000; at <= 12_000; at += 1_000) {
    await until(at);
    try {
      group.heartbeat(heard.member, heard.generation, now);
    } catch {
      heard = await join(heard.member);
    }
  }
  assert.ok(time.now >= SESSION_MS);
  assert.equal(heard.share.length, 2);
  assert.throws(() => commit(silent, 3), { type: 'UNKNOWN_MEMBER_ID' });
});

test('who does not come to a rebalance in time is dealt out of it', async () => {
  const { now, group, join, until } = world();
  const first = await join();
  let dealt: Assignment | null = null;
  void join().then((assignment) => {
    dealt = assignment;
  });
  // The first one says that it lives, and never joins again.
  for (let at = 5_000; at <= 65_000; at += 5_000) {
    await until(at);
    try {
      group.heartbeat(first.member, first.generation, now);
    } catch {}
  }
  assert.equal((dealt as Assignment | null)?.share.length, 2);
});

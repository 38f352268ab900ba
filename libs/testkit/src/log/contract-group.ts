import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Subscription } from '@medallion/runtime';
import type { LogHarness } from './contract.ts';
import { append, fresh, numbered, setUp, topicOf } from './contract-setup.ts';
import { Recorder, reading, until } from './recorder.ts';

export function groupContract(make: () => Promise<LogHarness>): void {
  describe('groups', () => {
    const { harness, log } = setUp(make);

    it('a checkpoint is read back as written, by committed and by the next open', async () => {
      const topic = await topicOf(log(), 2);
      const group = fresh('group');
      const metadata = JSON.stringify({ flow: 'é🎄', coordinates: { 'a/0': '12-3' }, pad: 'x'.repeat(3_500) });
      await append(log(), numbered(topic, 0, 10), numbered(topic, 1, 10));
      const first = await log().subscribe(reading(group, topic), new Recorder());
      await first.commit([{ topic, partition: 1, offset: 4, metadata: 'older' }]).catch(() => {});
      const recorder = new Recorder();
      await first.stop();
      const second = await log().subscribe(reading(group, topic), recorder);
      await until('all of the first partition', () => recorder.records(0).length === 10);
      await second.commit([
        { topic, partition: 0, offset: 7, metadata },
        { topic, partition: 1, offset: 10, metadata: '' },
      ]);
      await second.stop();
      assert.deepEqual([...(await harness().connect().committed(group, topic))].toSorted(), [
        [0, { offset: 7, metadata }],
        [1, { offset: 10, metadata: '' }],
      ]);
      const third = new Recorder();
      const subscription = await log().subscribe(reading(group, topic), third);
      await until('3 records', () => third.count === 3);
      await subscription.stop();
      const opened = third.opened.toSorted((a, b) => a.partition - b.partition).map(({ committed }) => committed);
      assert.deepEqual(opened, [
        { offset: 7, metadata },
        { offset: 10, metadata: '' },
      ]);
      assert.deepEqual(
        third.records(0).map(({ offset }) => offset),
        [7, 8, 9],
      );
    });

    it('of a group that limits its members so many have partitions, and another one takes over when one goes', async () => {
      const topic = await topicOf(log(), 4);
      const options = { ...reading(fresh('group'), topic), maxMembers: 2 };
      const members: { readonly recorder: Recorder; readonly subscription: Subscription }[] = [];
      for (let n = 0; n < 3; n++) {
        const recorder = new Recorder();
        members.push({ recorder, subscription: await log().subscribe(options, recorder) });
      }
      const held = () => members.map(({ recorder }) => recorder.held);
      const working = () => held().filter((n) => n > 0);
      const sum = () => held().reduce((all, n) => all + n, 0);
      await until('two hold all partitions', () => working().length === 2 && sum() === 4);
      const leaves = members.findIndex(({ recorder }) => recorder.held > 0);
      const [gone] = members.splice(leaves, 1);
      await gone!.subscription.stop();
      await until('the others hold all partitions', () => working().length === 2 && sum() === 4);
      await Promise.all(members.map(({ subscription }) => subscription.stop()));
    });

    it('a round that throws ends the subscription with that error, and the next one gets the same records', async () => {
      const topic = await topicOf(log(), 1);
      const group = fresh('group');
      await append(log(), numbered(topic, 0, 10));
      const refusal = new Error('refused');
      const first = new Recorder({
        process() {
          throw refusal;
        },
      });
      const subscription = await log().subscribe(reading(group, topic), first);
      await assert.rejects(subscription.done, refusal);
      await subscription.stop();
      assert.equal((await log().committed(group, topic)).size, 0);
      const second = new Recorder();
      const again = await log().subscribe(reading(group, topic), second);
      await until('10 records', () => second.count === 10);
      await again.stop();
      assert.equal(second.records(0)[0]?.offset, 0);
    });

    it('an open that throws ends the subscription with that error', async () => {
      const refusal = new Error('not now');
      const recorder = new Recorder({
        open() {
          throw refusal;
        },
      });
      const subscription = await log().subscribe(reading(fresh('group'), await topicOf(log(), 1)), recorder);
      await assert.rejects(subscription.done, refusal);
    });

    it('two members share the partitions, and what one leaves the other gets', async () => {
      const topic = await topicOf(log(), 4);
      const group = fresh('group');
      const places = [0, 1, 2, 3];
      await append(log(), ...places.map((partition) => numbered(topic, partition, 100)));
      const [one, two] = [new Recorder(), new Recorder()];
      const first = await log().subscribe(reading(group, topic), one);
      await until('the first reads all', () => one.count === 400);
      await first.commit(places.map((partition) => ({ topic, partition, offset: 100, metadata: `p${partition}` })));
      const second = await harness().connect().subscribe(reading(group, topic), two);
      await until('the second has its share', () => two.opened.length === 2 && one.lost.length === 2);
      const kept = places.filter((p) => !one.lost.some(({ partition }) => partition === p));
      assert.deepEqual(
        two.opened.map(({ partition, committed }) => [partition, committed?.offset, committed?.metadata]).toSorted(),
        one.lost.map(({ partition }) => [partition, 100, `p${partition}`]).toSorted(),
      );
      await append(log(), ...places.map((partition) => numbered(topic, partition, 10, 100)));
      await until('each reads its own', () => one.count === 420 && two.count === 20);
      assert.equal(one.opened.length, 4, 'what is kept is not opened again');
      for (const partition of kept) assert.equal(two.records(partition).length, 0);
      await second.stop();
      await until('the first has all again', () => one.opened.length === 6);
      await until('and reads what was not committed', () => one.count === 440);
      await first.stop();
      assert.deepEqual(two.lost, [], 'a member that stops is told nothing');
    });

    it('a member that was stopped may not commit', async () => {
      const topic = await topicOf(log(), 1);
      const group = fresh('group');
      await append(log(), numbered(topic, 0, 10));
      const recorder = new Recorder();
      const subscription = await log().subscribe(reading(group, topic), recorder);
      await until('10 records', () => recorder.count === 10);
      await subscription.stop();
      await assert.rejects(subscription.commit([{ topic, partition: 0, offset: 10, metadata: '' }]));
      assert.equal((await log().committed(group, topic)).size, 0);
    });

    it('groups do not disturb one another', async () => {
      const topic = await topicOf(log(), 2);
      await append(log(), numbered(topic, 0, 10), numbered(topic, 1, 10));
      const recorders = [new Recorder(), new Recorder()];
      const subscriptions = await Promise.all(
        recorders.map((recorder) => log().subscribe(reading(fresh('group'), topic), recorder)),
      );
      await until('both read all', () => recorders.every(({ count }) => count === 20));
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
    });
  });
}

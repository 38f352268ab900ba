import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogHarness } from './contract.ts';
import { append, fresh, numbered, setUp, texts, topicOf } from './contract-setup.ts';
import { Recorder, reading, until } from './recorder.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

export function subscribeContract(make: () => Promise<LogHarness>): void {
  describe('subscribe', () => {
    const { log } = setUp(make);

    it('opens every partition once, before its first batch, and reads all of it in order', async () => {
      const topic = await topicOf(log(), 3);
      await append(log(), numbered(topic, 0, 2_000), numbered(topic, 1, 300));
      const recorder = new Recorder();
      const subscription = await log().subscribe(reading(fresh('group'), topic), recorder);
      await until('2,300 records', () => recorder.count === 2_300);
      await append(log(), numbered(topic, 2, 50), numbered(topic, 0, 10, 2_000));
      await until('2,360 records', () => recorder.count === 2_360);
      await subscription.stop();
      await subscription.done;
      assert.deepEqual(
        recorder.opened.map(({ partition, committed }) => [partition, committed]).toSorted(),
        [0, 1, 2].map((partition) => [partition, null]),
      );
      assert.deepEqual(
        recorder.records(0).map(({ value }) => Number(value)),
        range(0, 2_010),
      );
      assert.deepEqual(
        recorder.records(1).map(({ offset }) => offset),
        range(0, 300),
      );
      assert.deepEqual(
        recorder.records(2).map(({ offset }) => offset),
        range(0, 50),
      );
      assert.equal(recorder.batches(0).at(-1)?.highWatermark, 2_010);
    });

    it('starts where open says', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 100));
      const recorder = new Recorder({ open: () => 37 });
      const subscription = await log().subscribe(reading(fresh('group'), topic), recorder);
      await until('63 records', () => recorder.count === 63);
      await subscription.stop();
      assert.deepEqual(
        recorder.records(0).map(({ offset }) => offset),
        range(37, 100),
      );
    });

    it('ticks while nothing arrives', async () => {
      const recorder = new Recorder();
      const subscription = await log().subscribe(reading(fresh('group'), await topicOf(log(), 1)), recorder);
      await until('5 ticks', () => recorder.ticks >= 5);
      await subscription.stop();
      const ticks = recorder.ticks;
      await sleep(150);
      assert.equal(recorder.ticks, ticks, 'none after stop');
    });

    it('delivers a record that is larger than maxBytesPerPartition', async () => {
      const topic = await topicOf(log(), 1);
      const value = Buffer.alloc(900_000, 'v');
      await append(log(), texts(topic, 0, 'small'), {
        topic,
        partition: 0,
        records: [{ key: null, value, headers: {} }],
      });
      await append(log(), texts(topic, 0, 'small'));
      const recorder = new Recorder();
      const options = { ...reading(fresh('group'), topic), maxBytesPerPartition: 10_000 };
      const subscription = await log().subscribe(options, recorder);
      await until('3 records', () => recorder.count === 3);
      await subscription.stop();
      assert.deepEqual(
        recorder.records(0).map((record) => record.value?.length),
        [5, 900_000, 5],
      );
    });

    it('stop waits for the running call', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 5));
      const started = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const recorder = new Recorder({
        async process() {
          started.resolve();
          await release.promise;
        },
      });
      const subscription = await log().subscribe(reading(fresh('group'), topic), recorder);
      await started.promise;
      let stopped = false;
      const stopping = subscription.stop().then(() => {
        stopped = true;
      });
      await sleep(100);
      assert.equal(stopped, false);
      release.resolve();
      await stopping;
      assert.equal(recorder.rounds.length, 1);
      await subscription.done;
    });

    it('opens a partition again on reopen, and goes on where open then says', async () => {
      const topic = await topicOf(log(), 2);
      await append(log(), numbered(topic, 0, 20), numbered(topic, 1, 20));
      const starts = [0, 5];
      const recorder = new Recorder({ open: ({ partition }) => (partition === 0 ? (starts.shift() ?? 99) : 0) });
      const subscription = await log().subscribe(reading(fresh('group'), topic), recorder);
      await until('40 records', () => recorder.count === 40);
      subscription.reopen({ topic, partition: 0 });
      await until('15 records again', () => recorder.count === 55);
      await append(log(), numbered(topic, 0, 5, 20));
      await until('5 new records', () => recorder.count === 60);
      await subscription.stop();
      assert.deepEqual(
        recorder.records(0).map(({ offset }) => offset),
        [...range(0, 20), ...range(5, 25)],
      );
      assert.deepEqual(
        recorder.records(1).map(({ offset }) => offset),
        range(0, 20),
      );
      assert.deepEqual(recorder.lost, []);
    });

    it('of a topic that does not exist is MED_TOPIC_MISSING', async () => {
      await assert.rejects(log().subscribe(reading(fresh('group'), fresh('nothing')), new Recorder()), {
        code: 'MED_TOPIC_MISSING',
      });
    });
  });

  describe('a log that cannot be read on', () => {
    const { harness, log } = setUp(make);

    it('that begins after the opened offset ends the subscription with MED_LOG_GAP', async () => {
      const topic = await topicOf(log(), 1);
      const group = fresh('group');
      await append(log(), numbered(topic, 0, 10));
      const recorder = new Recorder();
      const subscription = await log().subscribe(reading(group, topic), recorder);
      await until('10 records', () => recorder.count === 10);
      await subscription.commit([{ topic, partition: 0, offset: 3, metadata: 'at 3' }]);
      await subscription.stop();
      await harness().truncate({ topic, partition: 0 }, 6);
      const second = new Recorder();
      await assert.rejects((await log().subscribe(reading(group, topic), second)).done, { code: 'MED_LOG_GAP' });
      assert.equal(second.count, 0);
      assert.deepEqual((await log().committed(group, topic)).get(0), { offset: 3, metadata: 'at 3' });
    });

    it('that begins after an offset that open knows by itself is MED_LOG_GAP, also without a checkpoint', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      await harness().truncate({ topic, partition: 0 }, 6);
      const recorder = new Recorder({ open: () => 3 });
      const { done } = await log().subscribe(reading(fresh('group'), topic), recorder);
      await assert.rejects(done, { code: 'MED_LOG_GAP' });
      assert.equal(recorder.count, 0);
    });

    it('that begins after 0 is read from its begin by a group without a checkpoint', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      await harness().truncate({ topic, partition: 0 }, 6);
      const recorder = new Recorder();
      const subscription = await log().subscribe(reading(fresh('group'), topic), recorder);
      await until('4 records', () => recorder.count === 4);
      await subscription.stop();
      assert.equal(recorder.records(0)[0]?.offset, 6);
    });

    it('that loses unread records meanwhile ends the subscription with MED_LOG_GAP, and commits nothing', async () => {
      const topic = await topicOf(log(), 1);
      const group = fresh('group');
      await append(log(), numbered(topic, 0, 10));
      const entered = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const recorder = new Recorder({
        async process() {
          entered.resolve();
          await release.promise;
        },
      });
      const subscription = await log().subscribe(reading(group, topic), recorder);
      await entered.promise;
      await subscription.commit([{ topic, partition: 0, offset: 4, metadata: 'mine' }]);
      await append(log(), numbered(topic, 0, 10, 10));
      await harness().truncate({ topic, partition: 0 }, 15);
      release.resolve();
      await assert.rejects(subscription.done, { code: 'MED_LOG_GAP' });
      assert.deepEqual((await log().committed(group, topic)).get(0), { offset: 4, metadata: 'mine' });
    });

    it('that ends before the opened offset ends the subscription with MED_LOG_RECREATED', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      const subscription = await log().subscribe(reading(fresh('group'), topic), new Recorder({ open: () => 11 }));
      await assert.rejects(subscription.done, { code: 'MED_LOG_RECREATED' });
    });

    it('that was created again ends a later subscription with MED_LOG_RECREATED', async () => {
      const topic = await topicOf(log(), 1);
      const group = fresh('group');
      await append(log(), numbered(topic, 0, 10));
      await harness().recreate(topic, 1);
      await append(log(), numbered(topic, 0, 2));
      const subscription = await log().subscribe(reading(group, topic), new Recorder({ open: () => 10 }));
      await assert.rejects(subscription.done, { code: 'MED_LOG_RECREATED' });
    });
  });
}

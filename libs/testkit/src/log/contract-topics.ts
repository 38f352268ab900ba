import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogRecord, RecordLog, TopicPartition } from '@medallion/runtime';
import type { LogHarness } from './contract.ts';
import { append, fresh, numbered, setUp, texts, topicOf } from './contract-setup.ts';

async function readAll(log: RecordLog, place: TopicPartition, from = 0): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const records of log.read(place, from)) {
    assert.ok(records.length > 0, 'a batch has a record');
    found.push(...records);
  }
  return found;
}

export function topicContract(make: () => Promise<LogHarness>): void {
  describe('topics', () => {
    const { harness, log } = setUp(make);

    it('a topic that does not exist has no partitions', async () => {
      assert.equal(await log().partitions(fresh('nothing')), null);
    });

    it('a created topic has the partitions asked for, all empty', async () => {
      const topic = await topicOf(log(), 3);
      assert.deepEqual(await log().partitions(topic), [
        { partition: 0, low: 0, high: 0 },
        { partition: 1, low: 0, high: 0 },
        { partition: 2, low: 0, high: 0 },
      ]);
    });

    it('a topic that exists is left as it is, with its records', async () => {
      const topic = await topicOf(log(), 2);
      await append(log(), texts(topic, 1, 'kept'));
      const other = fresh('other');
      const spec = { retentionMs: 3_600_000, maxMessageBytes: 1_048_576 };
      await log().ensureTopics([
        { topic, partitions: 5, ...spec },
        { topic: other, partitions: 1, ...spec },
      ]);
      assert.deepEqual(await log().partitions(topic), [
        { partition: 0, low: 0, high: 0 },
        { partition: 1, low: 0, high: 1 },
      ]);
      assert.equal((await log().partitions(other))?.length, 1);
    });

    it('two clients that create the same topics at the same time both succeed', async () => {
      const specs = [1, 2, 3].map(() => ({
        topic: fresh('raced'),
        partitions: 2,
        retentionMs: 3_600_000,
        maxMessageBytes: 1_048_576,
      }));
      await Promise.all([log().ensureTopics(specs), harness().connect().ensureTopics(specs)]);
      for (const { topic } of specs) assert.equal((await log().partitions(topic))?.length, 2);
    });

    it('the range follows appends and retention', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      await harness().truncate({ topic, partition: 0 }, 4);
      assert.deepEqual(await log().partitions(topic), [{ partition: 0, low: 4, high: 10 }]);
    });

    it('a group without checkpoints has none', async () => {
      assert.equal((await log().committed(fresh('group'), await topicOf(log(), 2))).size, 0);
    });
  });

  describe('read', () => {
    const { harness, log } = setUp(make);

    it('yields every record from the given offset on, once and in order', async () => {
      const topic = await topicOf(log(), 2);
      await append(log(), numbered(topic, 1, 5_000));
      await append(log(), numbered(topic, 1, 5_000, 5_000));
      const found = await readAll(log(), { topic, partition: 1 }, 1_234);
      assert.deepEqual(
        found.map(({ offset, value }) => [offset, value?.toString()]),
        Array.from({ length: 8_766 }, (_, i) => [1_234 + i, String(1_234 + i)]),
      );
    });

    it('ends at the end that the partition had at the call', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      const found: string[] = [];
      for await (const records of log().read({ topic, partition: 0 }, 0)) {
        if (found.length === 0) await append(log(), texts(topic, 0, 'too late'));
        found.push(...records.map(({ value }) => String(value)));
      }
      assert.deepEqual(
        found,
        Array.from({ length: 10 }, (_, i) => String(i)),
      );
    });

    it('of an empty partition, or from its end on, yields nothing', async () => {
      const topic = await topicOf(log(), 2);
      await append(log(), numbered(topic, 0, 3));
      assert.deepEqual(await readAll(log(), { topic, partition: 1 }), []);
      assert.deepEqual(await readAll(log(), { topic, partition: 0 }, 3), []);
    });

    it('starts at the oldest record when that is later', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      await harness().truncate({ topic, partition: 0 }, 7);
      assert.deepEqual(
        (await readAll(log(), { topic, partition: 0 }, 2)).map(({ offset }) => offset),
        [7, 8, 9],
      );
    });

    it('can be left before its end', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      for await (const records of log().read({ topic, partition: 0 }, 0)) {
        assert.equal(records[0]?.offset, 0);
        break;
      }
    });
  });

  describe('follow', () => {
    const { harness, log } = setUp(make);

    it('of a topic that was created again, and is shorter now, ends with an error', async () => {
      const topic = await topicOf(log(), 1);
      await append(log(), numbered(topic, 0, 10));
      await harness().recreate(topic, 1);
      await append(log(), numbered(topic, 0, 2));
      // Told to stop it would end without an error: only a following that does not notice is told.
      const followed = log().follow(topic, new Map([[0, 10]]), AbortSignal.timeout(120_000));
      await assert.rejects(Array.fromAsync(followed));
    });

    it('reads from the given offsets on, goes on as records come, and ends when it is told to', async () => {
      const topic = await topicOf(log(), 2);
      await append(log(), numbered(topic, 0, 10), numbered(topic, 1, 3));
      const stopping = new AbortController();
      const found = new Map<number, number[]>([
        [0, []],
        [1, []],
      ]);
      const from = new Map([
        [0, 7],
        [1, 0],
      ]);
      let more = false;
      for await (const { partition, records } of log().follow(topic, from, stopping.signal)) {
        assert.ok(records.length > 0, 'a batch has a record');
        found.get(partition)!.push(...records.map(({ value }) => Number(value)));
        const count = found.get(0)!.length + found.get(1)!.length;
        if (count === 6 && !more) {
          more = true;
          await append(log(), numbered(topic, 0, 5, 10), numbered(topic, 1, 1, 3));
        }
        if (count === 12) stopping.abort();
      }
      assert.deepEqual(
        [...found.values()],
        [
          [7, 8, 9, 10, 11, 12, 13, 14],
          [0, 1, 2, 3],
        ],
      );
    });
  });
}

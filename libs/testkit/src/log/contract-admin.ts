import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LogAdmin, RecordLog, Subscription } from '@medallion/runtime';
import { append, fresh, numbered, topicOf } from './contract-setup.ts';
import { Recorder, reading, until } from './recorder.ts';

/** A cluster whose topics may be deleted. */
export type AdminHarness = { readonly log: RecordLog; readonly admin: LogAdmin; close(): Promise<void> };

/**
 * The promises of the LogAdmin port.
 *
 * @example logAdminContract('a cluster in memory', async () => harness())
 */
export function logAdminContract(name: string, make: () => Promise<AdminHarness>): void {
  describe(name, () => {
    let harness: AdminHarness;
    before(async () => {
      harness = await make();
    });
    after(() => harness.close());

    /** A membership that has read the topic's three records; the first group of a cluster may have to try again. */
    async function reader(group: string, topic: string, recorder = new Recorder()): Promise<Subscription> {
      for (let tried = 1; ; tried++) {
        const subscription = await harness.log.subscribe(reading(group, topic), recorder);
        let failure: unknown = null;
        subscription.done.catch((error: unknown) => {
          failure = error;
        });
        await until('3 records, or an error', () => recorder.count >= 3 || failure !== null, 60_000);
        if (failure === null) return subscription;
        if (tried === 5) throw failure;
      }
    }

    /** A group that has read a topic of one partition and stored a checkpoint, and left. */
    async function readOnce(group: string, topic: string): Promise<void> {
      const subscription = await reader(group, topic);
      await subscription.commit([{ topic, partition: 0, offset: 3, metadata: 'here' }]);
      await subscription.stop();
    }

    it('a deleted topic is gone with its records and all checkpoints about it, and begins at 0 when it is made again', async () => {
      const { log, admin } = harness;
      const [topic, kept] = [await topicOf(log, 1), await topicOf(log, 1)];
      const group = fresh('group');
      for (const each of [topic, kept]) {
        await append(log, numbered(each, 0, 3));
        await readOnce(group, each);
      }
      await admin.deleteTopics([topic, fresh('never_there')]);
      assert.equal(await log.partitions(topic), null);
      await log.ensureTopics([{ topic, partitions: 2, retentionMs: 3_600_000, maxMessageBytes: 1_048_576 }]);
      assert.deepEqual(await log.partitions(topic), [
        { partition: 0, low: 0, high: 0 },
        { partition: 1, low: 0, high: 0 },
      ]);
      assert.equal((await log.committed(group, topic)).size, 0);
      assert.deepEqual((await log.committed(group, kept)).get(0), { offset: 3, metadata: 'here' });
    });

    it('a topic that grows keeps its records, and so many partitions when it is asked for no more', async () => {
      const { log, admin } = harness;
      const topic = await topicOf(log, 2);
      await append(log, numbered(topic, 1, 3));
      await admin.growTopic(topic, 4);
      await admin.growTopic(topic, 4);
      await admin.growTopic(topic, 3);
      assert.deepEqual(
        (await log.partitions(topic))?.map(({ high }) => high),
        [0, 3, 0, 0],
      );
      await append(log, numbered(topic, 3, 1));
      assert.equal((await log.partitions(topic))?.[3]?.high, 1);
    });

    it('names the members of a group, and forgets it only when it has none', async () => {
      const { log, admin } = harness;
      const topic = await topicOf(log, 1);
      const group = fresh('group');
      assert.deepEqual(await admin.members(group), []);
      await admin.forgetGroup(group);
      await append(log, numbered(topic, 0, 3));
      await readOnce(group, topic);
      const subscription = await reader(group, topic, new Recorder({ open: () => 0 }));
      assert.equal((await admin.members(group)).length, 1);
      assert.match((await admin.members(group))[0]!, /^.+ \(.+\)$/);
      await assert.rejects(admin.forgetGroup(group), { code: 'MED_GROUP_IN_USE' });
      await subscription.stop();
      assert.equal((await log.committed(group, topic)).size, 1);
      await admin.forgetGroup(group);
      assert.equal((await log.committed(group, topic)).size, 0);
    });
  });
}

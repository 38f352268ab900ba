import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import type { RecordLog, Subscription } from '@medallion/runtime';
import { Recorder, reading, until } from '@medallion/testkit';
import { createGroupReader, type GroupDescription, type GroupReader } from './group-reader.ts';
import { createKafkaLog } from './kafka-log.ts';

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const [topic, group] = [`groups-${run}.orders`, `groups-${run}.reader`];
let log: RecordLog;
let groups: GroupReader;

before(async () => {
  const { kafkaBrokers: brokers } = await testStack();
  const options = { brokers, clientId: 'group-reader-test', log: silentLog };
  [log, groups] = [createKafkaLog(options), createGroupReader(options)];
  await log.ensureTopics([{ topic, partitions: 3, retentionMs: 3_600_000, maxMessageBytes: 1_048_576 }]);
});
after(async () => {
  await groups.close();
  await log.close();
});

/** A membership; the first group of a cluster may have to try again. */
async function joined(): Promise<Subscription> {
  for (let tried = 1; ; tried++) {
    const recorder = new Recorder();
    const subscription = await log.subscribe(reading(group, topic), recorder);
    let failure: unknown = null;
    subscription.done.catch((error: unknown) => {
      failure = error;
    });
    await until('all partitions, or an error', () => recorder.held === 3 || failure !== null, 60_000);
    if (failure === null) return subscription;
    if (tried === 5) throw failure;
  }
}

test('a group is described with its members and the partitions that each was given', async () => {
  const unknown = `groups-${run}.nobody`;
  const subscription = await joined();
  // Partitions are given a moment before the group is at rest again.
  let found: readonly GroupDescription[] = [];
  await until('a stable group', async () => {
    found = await groups.describe([group, unknown]);
    return found[0]?.state === 'Stable';
  });
  const [described, nobody] = found;
  assert.deepEqual(
    described?.members.map(({ clientId, partitions }) => ({ clientId, partitions })),
    [{ clientId: 'group-reader-test', partitions: [0, 1, 2].map((partition) => ({ topic, partition })) }],
  );
  assert.deepEqual(nobody, { group: unknown, state: 'Dead', members: [] });
  await subscription.stop();
  await until('a group without members', async () => (await groups.describe([group]))[0]?.members.length === 0);
});

test('the age of what waits is the timestamp of the first record at an offset', async () => {
  const appender = await log.appender();
  const began = Date.now();
  const record = (text: string) => ({ key: null, value: Buffer.from(text), headers: {} });
  await appender.append([{ topic, partition: 1, records: [record('a'), record('b')] }]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await appender.append([{ topic, partition: 1, records: [record('c')] }]);
  await appender.close();
  const at = (offset: number) => groups.timestampAt({ topic, partition: 1 }, offset);
  // At once: the process of this test ends only when none of their connections is left open.
  const [first, second, third] = await Promise.all([at(0), at(1), at(2)]);
  assert.ok(first != null && first >= began - 1 && first <= Date.now());
  assert.ok(second != null && third != null && third >= second + 40);
  assert.equal(await at(3), null);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryLog, Recorder, reading } from '@medallion/testkit';
import { field, flow, pipelineOf, schemaOf, streamingTable } from '../fixtures/plans.ts';
import { withEnd } from '../protocol/checkpoint.ts';
import { readingsOfFlow, readingsOfLeases, unread, unreadIn } from './reading.ts';

const declared = schemaOf(field('id', 'string'));
const own = flow('orders', { topic: 'raw', declared });
const plan = pipelineOf('shop', [streamingTable('shop', 'orders', declared, [own])]);

/** A log with `records` records in the first of two partitions of `raw`. */
async function logWith(records: number) {
  const log = createMemoryLog();
  await log.ensureTopics([{ topic: 'raw', partitions: 2, retentionMs: 3_600_000, maxMessageBytes: 1_048_576 }]);
  const appender = await log.appender();
  const record = { key: null, value: Buffer.from('x'), headers: {} };
  await appender.append([{ topic: 'raw', partition: 0, records: Array.from({ length: records }, () => record) }]);
  return log;
}

/** Has the flow's group say that it is at `offset` of the first partition. */
async function committed(log: Awaited<ReturnType<typeof logWith>>, offset: number, metadata: string): Promise<void> {
  const recorder = new Recorder();
  const subscription = await log.subscribe(reading('shop.orders', 'raw'), recorder);
  while (recorder.held < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await subscription.commit([{ topic: 'raw', partition: 0, offset, metadata }]);
  await subscription.stop();
}

test('a flow is where its group says, and nowhere before it has said anything', async () => {
  const log = await logWith(5);
  const before = (await readingsOfFlow(log, plan, own))!;
  assert.deepEqual(before.map(unread), [5, 0]);
  assert.deepEqual(
    before.map(({ next }) => next),
    [null, null],
  );
  await committed(log, 3, 'here');
  const [first] = (await readingsOfFlow(log, plan, own))!;
  assert.deepEqual(first, { topic: 'raw', partition: 0, low: 0, high: 5, next: 3, mark: 'here' });
  assert.equal(unread(first!), 2);
});

test('a flow that runs once has nothing to read beyond the end that it remembers', async () => {
  const log = await logWith(5);
  await committed(log, 3, withEnd('{"v":1}', 4));
  assert.equal(unreadIn((await readingsOfFlow(log, plan, { ...own, once: true }))!), 1);
  assert.equal(unreadIn((await readingsOfFlow(log, plan, own))!), 2);
});

test('there are no readings of a topic that does not exist', async () => {
  const log = await logWith(1);
  assert.equal(await readingsOfFlow(log, plan, own, 'nowhere'), null);
  assert.equal(await readingsOfLeases(log, 'nowhere', new Map()), null);
});

test('leases say where the gold service is', async () => {
  const log = await logWith(5);
  assert.equal(unreadIn((await readingsOfLeases(log, 'raw', new Map([[0, 1]])))!), 4);
  assert.equal(unreadIn((await readingsOfLeases(log, 'raw', new Map()))!), 5);
});

test('what retention has deleted waits no more', () => {
  assert.equal(unread({ low: 10, high: 12, next: 3 }), 2);
  assert.equal(unread({ low: 0, high: 2, next: 3 }), 0);
});

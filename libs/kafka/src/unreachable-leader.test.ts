import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

/** A member of a group as kafkajs has it (patched, see patches/), as far as it fetches. */
type ConsumerGroup = {
  partitionsPerSubscribedTopic: null;
  readonly unreachableSince: Map<number, number>;
  offsetManager: object;
  readonly subscriptionState: { assign(assignment: readonly object[]): void };
  fetch(nodeId: number): Promise<readonly { readonly partition: number }[]>;
};

const load = createRequire(import.meta.url);
const KafkaConsumerGroup = load('kafkajs/src/consumer/consumerGroup') as new (options: object) => ConsumerGroup;
const { KafkaJSConnectionError } = load('kafkajs/src/errors') as {
  KafkaJSConnectionError: new (message: string) => Error;
};

const logger = { debug() {}, info() {}, namespace: () => logger };
const [ALIVE, DEAD] = [1, 2];

/** It reads partition 0 of the one broker, and partition 1 of the other. */
function member() {
  const asked = { metadata: 0 };
  const broker = {
    fetch: async () => ({ responses: [{ topicName: 't', partitions: [{ partition: 0, messages: [] }] }] }),
  };
  const cluster = {
    refreshMetadataIfNecessary: async () => {},
    refreshMetadata: async () => void asked.metadata++,
    findTopicPartitionMetadata: () => [
      { partitionId: 0, leader: ALIVE },
      { partitionId: 1, leader: DEAD },
    ],
    async findBroker({ nodeId }: { nodeId: number }) {
      if (nodeId === DEAD) throw new KafkaJSConnectionError('connect ECONNREFUSED');
      return broker;
    },
  };
  const group = new KafkaConsumerGroup({ logger, cluster, groupId: 'g', topics: ['t'], maxWaitTimeInMs: 1 });
  group.subscriptionState.assign([{ topic: 't', partitions: [0, 1] }]);
  group.offsetManager = {
    resolveOffsets: async () => {},
    committedOffsets: () => ({ t: { 0: '0', 1: '0' } }),
    nextOffset: () => '0',
  };
  return { group, asked };
}

test('a leader that cannot be reached stops no fetch of what others lead, and it is asked who leads now', async () => {
  const { group, asked } = member();
  assert.deepEqual(await group.fetch(DEAD), []);
  assert.equal(asked.metadata, 1);
  assert.deepEqual(
    (await group.fetch(ALIVE)).map(({ partition }) => partition),
    [0],
  );
});

test('a leader that cannot be reached for longer than an election takes is an error', async () => {
  const { group } = member();
  await group.fetch(DEAD);
  group.unreachableSince.set(DEAD, performance.now() - 15_000);
  await assert.rejects(group.fetch(DEAD), { name: 'KafkaJSConnectionError' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import kafkajs from 'kafkajs';
import { createKafkaLog } from './kafka-log.ts';

const { kafkaBrokers: brokers } = await testStack();

test('a topic is created with its cleanup, and the bounds of its compaction', async () => {
  const log = createKafkaLog({ brokers, clientId: 'topics', log: silentLog });
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  const topic = `topics.${process.pid}.${Date.now()}`;
  const bounds = { partitions: 1, retentionMs: -1, maxMessageBytes: 1_048_576 };
  await log.ensureTopics([
    { topic: `${topic}.rows`, ...bounds },
    {
      topic: `${topic}.changelog`,
      ...bounds,
      cleanup: 'compact',
      compaction: { lagMs: 7_200_000, tombstoneRetentionMs: 604_800_000 },
    },
  ]);
  await admin.connect();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: ['rows', 'changelog'].map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: `${topic}.${name}`,
    })),
  });
  const [rows, changelog] = resources.map(
    ({ configEntries }) => new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
  );
  assert.equal(rows!.get('cleanup.policy'), 'delete');
  assert.equal(rows!.get('retention.ms'), '-1');
  assert.equal(changelog!.get('cleanup.policy'), 'compact');
  assert.equal(changelog!.get('min.compaction.lag.ms'), '7200000');
  assert.equal(changelog!.get('max.compaction.lag.ms'), '14400000');
  assert.equal(changelog!.get('delete.retention.ms'), '604800000');
  assert.equal(changelog!.get('segment.ms'), '7200000');
  await admin.deleteTopics({ topics: [`${topic}.rows`, `${topic}.changelog`] });
  await admin.disconnect();
  await log.close();
});

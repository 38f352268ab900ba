import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { recordLogContract } from '@medallion/testkit';
import kafkajs from 'kafkajs';
import { createKafkaLog } from './kafka-log.ts';

const { kafkaBrokers: brokers } = process.env.KAFKA_BROKERS
  ? { kafkaBrokers: process.env.KAFKA_BROKERS.split(',') }
  : await testStack();

recordLogContract('a log on Kafka', async () => {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const logs: ReturnType<typeof createKafkaLog>[] = [];
  return {
    connect() {
      const log = createKafkaLog({ brokers, clientId: 'contract', log: silentLog });
      logs.push(log);
      return log;
    },
    async truncate({ topic, partition }, low) {
      await admin.fetchTopicOffsets(topic); // kafkajs has to know the topic before it deletes from it
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(low) }] });
    },
    async recreate(topic, numPartitions) {
      await admin.deleteTopics({ topics: [topic] });
      // A broker deletes in the background, and for a moment refuses the name.
      const deadline = performance.now() + 60_000;
      for (;;)
        try {
          await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }], waitForLeaders: true });
          await admin.fetchTopicOffsets(topic);
          return;
        } catch (error) {
          if (performance.now() > deadline) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
    },
    async close() {
      await Promise.all(logs.map((log) => log.close()));
      await admin.disconnect();
    },
  };
});

import type { LogTruncation } from '@medallion/runtime';
import { adminClient } from './admin-client.ts';
import type { KafkaOptions } from './options.ts';

/**
 * Deletes the oldest records of topics on a Kafka cluster; for commands, not for services.
 *
 * @example const truncation = createTruncation({ brokers: ['127.0.0.1:9092'], clientId: 'medallion', log: silentLog })
 */
export function createTruncation(options: KafkaOptions): LogTruncation & { close(): Promise<void> } {
  const { ask, close } = adminClient(options);
  return {
    truncate: (topic, before) =>
      ask(async (admin) => {
        const partitions = [...before].map(([partition, offset]) => ({ partition, offset: String(offset) }));
        await admin.fetchTopicOffsets(topic); // kafkajs has to know the topic before it deletes from it
        await admin.deleteTopicRecords({ topic, partitions });
      }),
    close,
  };
}

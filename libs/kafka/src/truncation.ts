import type { LogTruncation } from '@medallion/runtime';
import kafkajs from 'kafkajs';
import { clientLog } from './client-log.ts';
import { settled, unavailable } from './failure.ts';
import { CLOSE_TIMEOUT_MS, type KafkaOptions, REQUEST_TIMEOUT_MS, RETRY } from './options.ts';

/**
 * Deletes the oldest records of topics on a Kafka cluster; for commands, not for services.
 *
 * @example const truncation = createTruncation({ brokers: ['127.0.0.1:9092'], clientId: 'medallion', log: silentLog })
 */
export function createTruncation(options: KafkaOptions): LogTruncation & { close(): Promise<void> } {
  const admin = new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logCreator: clientLog(options.log),
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  }).admin();
  let connected: Promise<void> | undefined;
  return {
    async truncate(topic, before) {
      const partitions = [...before].map(([partition, offset]) => ({ partition, offset: String(offset) }));
      try {
        connected ??= admin.connect();
        await connected;
        await admin.fetchTopicOffsets(topic); // kafkajs has to know the topic before it deletes from it
        await admin.deleteTopicRecords({ topic, partitions });
      } catch (error) {
        throw unavailable(error);
      }
    },
    async close() {
      if (connected !== undefined) await settled(CLOSE_TIMEOUT_MS, admin.disconnect());
    },
  };
}

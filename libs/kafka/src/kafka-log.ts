import type { RecordLog, Subscription } from '@medallion/runtime';
import kafkajs from 'kafkajs';
import { createAppender } from './appender.ts';
import { clientLog } from './client-log.ts';
import { settled, unavailable } from './failure.ts';
import { followTopic } from './follow.ts';
import { clusterOf, recordBatches } from './kafkajs-patch.ts';
import { CLOSE_TIMEOUT_MS, type KafkaOptions, REQUEST_TIMEOUT_MS, RETRY } from './options.ts';
import { readPartition } from './read.ts';
import { decodeRecordBatches } from './record-batch/decode.ts';
import { decompress } from './record-batch/decompress.ts';
import { subscribe } from './subscription.ts';
import { createTopics } from './topics.ts';

const CONNECTION_TIMEOUT_MS = 5_000;

/**
 * The log on a Kafka cluster. Nothing is connected before it is used.
 *
 * @example const log = createKafkaLog({ brokers: ['127.0.0.1:9092'], clientId: 'bronze-ingest', log: silentLog })
 */
export function createKafkaLog(options: KafkaOptions): RecordLog {
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  recordBatches.decode = (bytes) => decodeRecordBatches(bytes, decompress);
  const kafka = new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    retry: RETRY,
    logCreator: clientLog(options.log),
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  });
  const topics = createTopics(() => kafka.admin());
  const subscriptions = new Set<Subscription>();

  const guarded = <T>(work: Promise<T>): Promise<T> => work.catch((error) => Promise.reject(unavailable(error)));

  return {
    async subscribe(how, handler) {
      const subscription = await subscribe(kafka, topics, options.log, how, handler);
      subscriptions.add(subscription);
      const forget = () => void subscriptions.delete(subscription);
      subscription.done.then(forget, forget);
      return subscription;
    },
    appender: () =>
      guarded(createAppender({ cluster: clusterOf(kafka), requestTimeoutMs, maxMessageBytes: topics.maxMessageBytes })),
    async *read(at, from) {
      try {
        const ranges = await topics.partitions(at.topic);
        const range = ranges?.find(({ partition }) => partition === at.partition);
        if (range) yield* readPartition(clusterOf(kafka), at, from, range);
      } catch (error) {
        throw unavailable(error);
      }
    },
    async *follow(topic, from, signal) {
      try {
        yield* followTopic(clusterOf(kafka), topic, from, signal);
      } catch (error) {
        throw unavailable(error);
      }
    },
    partitions: (topic) => guarded(topics.partitions(topic)),
    committed: (group, topic) => guarded(topics.committed(group, topic)),
    ensureTopics: (specs) => guarded(topics.ensure(specs)),
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await settled(CLOSE_TIMEOUT_MS, topics.close());
    },
  };
}

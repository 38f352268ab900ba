import type { RecordLog, Subscription } from '@medallion/runtime';
import kafkajs from 'kafkajs';
import { clientConfig } from './access/client-config.ts';
import { createAppender } from './appender.ts';
import { type AskedFor, settled, unavailable } from './failure.ts';
import { followTopic } from './follow.ts';
import { clusterOf, recordBatches } from './kafkajs-patch.ts';
import { CLOSE_TIMEOUT_MS, type KafkaOptions, REQUEST_TIMEOUT_MS } from './options.ts';
import { readPartition } from './read.ts';
import { decodeRecordBatches } from './record-batch/decode.ts';
import { decompress } from './record-batch/decompress.ts';
import { subscribe } from './subscription.ts';
import { createTopics } from './topics.ts';

/** Whether brokers know who this is, and so may hide topics from it. */
const isSomebody = ({ access }: KafkaOptions): boolean =>
  access?.login !== undefined || access?.tls?.client !== undefined;

/**
 * The log on a Kafka cluster. Nothing is connected before it is used.
 *
 * @example const log = createKafkaLog({ brokers: ['127.0.0.1:9092'], clientId: 'bronze-ingest', log: silentLog })
 */
export function createKafkaLog(options: KafkaOptions): RecordLog {
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  recordBatches.decode = (bytes) => decodeRecordBatches(bytes, decompress);
  const kafka = new kafkajs.Kafka(clientConfig(options));
  const topics = createTopics(() => kafka.admin(), isSomebody(options) ? () => clusterOf(kafka) : null);
  const subscriptions = new Set<Subscription>();

  const guarded = <T>(work: Promise<T>, asked: AskedFor = {}): Promise<T> =>
    work.catch((error) => Promise.reject(unavailable(error, asked)));

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
        throw unavailable(error, { topics: [at.topic] });
      }
    },
    async *follow(topic, from, signal) {
      try {
        yield* followTopic(clusterOf(kafka), topic, from, signal);
      } catch (error) {
        throw unavailable(error, { topics: [topic] });
      }
    },
    partitions: (topic) => guarded(topics.partitions(topic), { topics: [topic] }),
    committed: (group, topic) => guarded(topics.committed(group, topic), { topics: [topic], group }),
    ensureTopics: (specs) => guarded(topics.ensure(specs), { topics: specs.map(({ topic }) => topic) }),
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await settled(CLOSE_TIMEOUT_MS, topics.close());
    },
  };
}

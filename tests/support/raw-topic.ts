import { createPartitioner } from '@medallion/santa-generator';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { until } from './until.ts';

export const RAW_TOPIC = 'santa.deliveries.raw';

/** A record to be sent, and what was sent: `n` numbers the records from 0 and is in their header of that name. */
export type Sent = {
  readonly n: number;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
};

type ToSend = {
  readonly key: string | null;
  readonly value: Buffer | null;
  /** By the key, unless it is given. */
  readonly partition?: number;
  /** Beside the one that numbers the records. */
  readonly headers?: Readonly<Record<string, string | Buffer>>;
};

/** A kafkajs client that says nothing and tries on: brokers are restarted under it. */
export const kafkaClient = (brokers: readonly string[], clientId: string): Kafka =>
  new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 },
  });

/** Creates a topic, as the operator of the source would. */
export async function createTopic(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const configEntries = [{ name: 'max.message.bytes', value: '2097152' }];
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }] });
  } finally {
    await admin.disconnect();
  }
}

/**
 * Appends records in order, one append at a time, acknowledged by all replicas. An append that fails is sent again as
 * it was, so after a broker's failure records may be in the topic twice: only reading it back tells.
 */
export class RawProducer {
  readonly sent: Sent[] = [];
  readonly #kafka: Kafka;
  readonly #topic: string;
  readonly #partitionOf: (key: Buffer | null) => number;
  #producer: Producer | null = null;
  #retries = 0;

  constructor(kafka: Kafka, topic: string, partitions: number) {
    this.#kafka = kafka;
    this.#topic = topic;
    this.#partitionOf = createPartitioner(partitions) as (key: Buffer | null) => number;
  }

  /** Appends that were sent more than once. */
  get retries(): number {
    return this.#retries;
  }

  async send(records: readonly ToSend[]): Promise<void> {
    const sent = records.map(({ key, value, partition }, i): Sent => {
      const bytes = key === null ? null : Buffer.from(key, 'utf8');
      return { n: this.sent.length + i, partition: partition ?? this.#partitionOf(bytes), key: bytes, value };
    });
    const messages = sent.map(({ n, partition, key, value }, i) => ({
      ...{ partition, key, value },
      headers: { ...records[i]?.headers, n: String(n) },
    }));
    let attempts = 0;
    await until(
      'an append to the raw topic',
      async () => {
        if (attempts++ > 0) this.#retries++;
        this.#producer ??= await this.#connect();
        try {
          await this.#producer.send({ topic: this.#topic, acks: -1, timeout: 5_000, messages });
          return true;
        } catch (error) {
          await this.close().catch(() => {});
          throw error;
        }
      },
      { timeoutMs: 60_000, everyMs: 250 },
    );
    this.sent.push(...sent);
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.disconnect();
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect().catch(() => {}); // else a timer of its broken connection keeps the process alive
      throw error;
    }
  }
}

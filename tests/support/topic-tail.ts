import { randomUUID } from 'node:crypto';
import type { Consumer, IHeaders, Kafka } from 'kafkajs';
import { until } from './until.ts';

/** A record as the tests read it back. */
export type ReadRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Header `src`: the coordinate that the engine wrote. */
  readonly src: string | null;
  /** Header `n`: the number that the test's producer gave the record. */
  readonly n: number | null;
};

const text = (headers: IHeaders | undefined, name: string): string | null => {
  const header = headers?.[name];
  return header === undefined ? null : String(Array.isArray(header) ? header[0] : header);
};

/**
 * Reads topics from their beginning on and goes on reading, in a group of its own, with plain kafkajs: not through the
 * engine's client, which is what is tested. A gap in the offsets ends it with an error.
 */
export class TopicTail {
  readonly #kafka: Kafka;
  readonly #records = new Map<string, ReadRecord[][]>();
  #consumer: Consumer | null = null;
  #failure: Error | null = null;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** The topics must exist. */
  async start(topics: readonly string[]): Promise<void> {
    for (const topic of topics) this.#records.set(topic, []);
    const consumer = this.#kafka.consumer({
      groupId: `test-tail-${randomUUID()}`,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 200,
      retry: { retries: 30, restartOnFailure: async () => true },
    });
    this.#consumer = consumer;
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true }).catch(async (error: unknown) => {
      await consumer.disconnect();
      throw error;
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
        const { topic, partition } = batch;
        const list = this.#of(topic, partition);
        for (const message of batch.messages) {
          const offset = Number(message.offset);
          if (offset < list.length) continue;
          if (offset > list.length)
            this.#failure ??= new Error(`${topic}[${partition}]: offset ${offset} follows ${list.length - 1}`);
          const { key, value, headers } = message;
          const n = text(headers, 'n');
          list.push({ partition, offset, key, value, src: text(headers, 'src'), n: n === null ? null : Number(n) });
        }
        resolveOffset(batch.lastOffset());
        await heartbeat();
      },
    });
  }

  /** What was read of a partition so far: the index is the offset. */
  records(topic: string, partition: number): readonly ReadRecord[] {
    if (this.#failure !== null) throw this.#failure;
    return this.#of(topic, partition);
  }

  /** Resolves when a partition was read up to, not with, `end`. */
  async reached(topic: string, partition: number, end: number, timeoutMs = 60_000): Promise<void> {
    await until(
      `${topic}[${partition}] is read up to ${end}`,
      () => this.records(topic, partition).length >= end || null,
      {
        timeoutMs,
        everyMs: 20,
        describe: () => `now at ${this.records(topic, partition).length}`,
      },
    );
  }

  async stop(): Promise<void> {
    await this.#consumer?.disconnect();
  }

  #of(topic: string, partition: number): ReadRecord[] {
    const partitions = this.#records.get(topic) ?? [];
    this.#records.set(topic, partitions);
    partitions[partition] ??= [];
    return partitions[partition];
  }
}

/** Reads topics up to the end that they have now; records by topic, then in order of partition and offset. */
export async function readTopics(kafka: Kafka, topics: readonly string[]): Promise<Map<string, readonly ReadRecord[]>> {
  const ends = await topicEnds(kafka, topics);
  const tail = new TopicTail(kafka);
  await tail.start(topics);
  try {
    for (const [topic, partitions] of ends)
      for (const [partition, end] of partitions.entries()) await tail.reached(topic, partition, end);
    return new Map(topics.map((topic) => [topic, ends.get(topic)!.flatMap((_, p) => tail.records(topic, p))]));
  } finally {
    await tail.stop();
  }
}

/** The end offset of every partition. */
export async function topicEnds(kafka: Kafka, topics: readonly string[]): Promise<Map<string, readonly number[]>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = new Map<string, readonly number[]>();
    for (const topic of topics) {
      const offsets = await admin.fetchTopicOffsets(topic);
      ends.set(
        topic,
        offsets.toSorted((a, b) => a.partition - b.partition).map(({ high }) => Number(high)),
      );
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}

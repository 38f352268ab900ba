import type { Appender, RecordLog } from '@medallion/runtime';
import { createPartitioner } from '@medallion/santa-generator';
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

/** Creates a topic, as the operator of the source would. */
export const createTopic = (log: RecordLog, topic: string, partitions: number): Promise<void> =>
  log.ensureTopics([{ topic, partitions, retentionMs: 86_400_000, maxMessageBytes: 2_097_152 }]);

/**
 * Appends records in order, one append at a time, acknowledged by all replicas. An append that fails is sent again as
 * it was, so after a broker's failure records may be in the topic twice: only reading it back tells.
 */
export class RawProducer {
  readonly sent: Sent[] = [];
  readonly #log: RecordLog;
  readonly #topic: string;
  readonly #partitionOf: (key: Buffer | null) => number;
  #appender: Appender | null = null;
  #retries = 0;

  constructor(log: RecordLog, topic: string, partitions: number) {
    this.#log = log;
    this.#topic = topic;
    this.#partitionOf = createPartitioner(partitions);
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
    const out = sent.map(({ n, partition, key, value }, i) => ({
      partition,
      record: { key, value, headers: { ...records[i]?.headers, n: String(n) } },
    }));
    const batches = [...Map.groupBy(out, ({ partition }) => partition)].map(([partition, those]) => ({
      ...{ topic: this.#topic, partition },
      records: those.map(({ record }) => record),
    }));
    let attempts = 0;
    await until(
      'an append to the raw topic',
      async () => {
        if (attempts++ > 0) this.#retries++;
        this.#appender ??= await this.#log.appender();
        try {
          return await this.#appender.append(batches);
        } catch (error) {
          await this.close();
          throw error;
        }
      },
      { timeoutMs: 300_000, everyMs: 250 },
    );
    this.sent.push(...sent);
  }

  async close(): Promise<void> {
    const appender = this.#appender;
    this.#appender = null;
    await appender?.close().catch(() => {});
  }
}

import type { Appender, OutRecord, RecordLog } from '@medallion/runtime';
import { createPartitioner } from '@medallion/santa-generator';

const BATCH = 4_000;

/** Partitions of the inputs. */
export const PARTITIONS = 4;

/** The id of the n-th customer. */
export const customerId = (n: number): string => `customer-${String(n).padStart(9, '0')}`;

/** An input topic of changes of customers. */
export class RawChanges {
  readonly #topic: string;
  readonly #appender: Appender;
  readonly #partitionOf = createPartitioner(PARTITIONS);
  #sequence = 0;

  private constructor(topic: string, appender: Appender) {
    this.#topic = topic;
    this.#appender = appender;
  }

  static async open(log: RecordLog, topic: string): Promise<RawChanges> {
    const week = 7 * 86_400_000;
    await log.ensureTopics([{ topic, partitions: PARTITIONS, retentionMs: week, maxMessageBytes: 1_048_588 }]);
    return new RawChanges(topic, await log.appender());
  }

  /** Appends `count` changes, of the customers that `customer` says, their times spread evenly over `spanMs` from `startMs`. */
  async send(count: number, startMs: number, spanMs: number, customer: (i: number) => number): Promise<void> {
    for (let sent = 0; sent < count; sent += BATCH) {
      const batches = Array.from({ length: PARTITIONS }, (_, partition) => ({
        ...{ topic: this.#topic, partition },
        records: [] as OutRecord[],
      }));
      for (let i = sent; i < Math.min(sent + BATCH, count); i++) {
        const n = customer(i);
        const at = new Date(startMs + (i / count) * spanMs).toISOString();
        const sequence = this.#sequence++;
        const change = { customer_id: customerId(n), sequence, at, name: `Name of ${n}`, city: `City ${n % 1_000}` };
        const key = Buffer.from(change.customer_id);
        batches[this.#partitionOf(key)]!.records.push({ key, value: Buffer.from(JSON.stringify(change)), headers: {} });
      }
      await this.#appender.append(batches.filter(({ records }) => records.length > 0));
    }
  }

  close(): Promise<void> {
    return this.#appender.close();
  }
}

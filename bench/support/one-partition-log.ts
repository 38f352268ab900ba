import type { LogRecord, OutRecord, PartitionBatch, RecordLog, RoundHandler, TopicPartition } from '@medallion/runtime';

/**
 * A log that drives one handler by hand, and keeps nothing but the end of each topic, or the appended records where that
 * is asked for: what is measured is the flow alone.
 */
export class OnePartitionLog {
  handler: RoundHandler | null = null;
  keep = false;
  readonly kept: LogRecord[] = [];
  readonly #ends = new Map<string, number>();

  /** Appended records of a topic. */
  count(topic: string): number {
    return this.#ends.get(topic) ?? 0;
  }

  async process(batch: PartitionBatch): Promise<void> {
    await this.handler!.process([batch]);
  }

  readonly log: RecordLog = {
    subscribe: async (options, handler) => {
      await handler.open({ topic: options.topics[0]!, partition: 0 }, null);
      this.handler = handler;
      return { done: new Promise(() => {}), commit: async () => {}, reopen: () => {}, stop: async () => {} };
    },
    appender: async () => ({
      append: async (batches) => batches.map(({ topic, records }) => this.#append(topic, records)),
      close: async () => {},
    }),
    read: (at: TopicPartition) => this.#read(at),
    follow: async function* () {},
    partitions: async (topic) => [{ partition: 0, low: 0, high: this.count(topic) }],
    committed: async () => new Map(),
    ensureTopics: async () => {},
    close: async () => {},
  };

  #append(topic: string, records: readonly OutRecord[]): number {
    const first = this.count(topic);
    this.#ends.set(topic, first + records.length);
    if (this.keep && topic.endsWith('.changelog'))
      for (const [i, { key, value, headers }] of records.entries())
        this.kept.push({ offset: first + i, key, value, headers, timestampMs: 0 });
    return first;
  }

  async *#read({ topic }: TopicPartition): AsyncGenerator<readonly LogRecord[]> {
    if (!topic.endsWith('.changelog')) return;
    for (let from = 0; from < this.kept.length; from += 5_000) yield this.kept.slice(from, from + 5_000);
  }
}

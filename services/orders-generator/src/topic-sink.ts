import { MedallionError } from '@medallion/core';
import type { AppendBatch, Appender, RecordLog } from '@medallion/runtime';
import { createPartitioner } from '@medallion/santa-generator';
import type { TopicRecord } from './scenario.ts';

const RETENTION_MS = 7 * 24 * 3_600_000;
const MAX_MESSAGE_BYTES = 1_048_588;
/** Attempts for the opening and for one write, half a minute in all; a broker that restarts is back by then. */
const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/** Takes records for topics. */
export type TopicSink = { write(records: readonly TopicRecord[]): Promise<void>; close(): Promise<void> };

/**
 * Appends records where their keys say, and per key in order; topics that are missing are made. An append that fails is
 * tried again, so records may be there twice after a broker's failure, as with any honest source.
 *
 * @throws MED_APPEND_FAILED, MED_LOG_UNAVAILABLE after the last attempt.
 */
export async function topicSink(
  log: RecordLog,
  options: {
    readonly topics: readonly string[];
    /** Of a topic that has to be made. */
    readonly partitions: number;
    readonly sleep: (ms: number) => Promise<void>;
    readonly onRetry: (error: MedallionError) => void;
  },
): Promise<TopicSink> {
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause = Math.min(MAX_PAUSE_MS, pause * 2)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof MedallionError && error.retryable) || attempt === ATTEMPTS) throw error;
        options.onRetry(error);
        await options.sleep(pause);
      }
    }
  };
  const partitioners = new Map<string, ReturnType<typeof createPartitioner>>();
  const open = async (topic: string): Promise<void> => {
    const { partitions } = options;
    await log.ensureTopics([{ topic, partitions, retentionMs: RETENTION_MS, maxMessageBytes: MAX_MESSAGE_BYTES }]);
    const actual = await log.partitions(topic);
    if (actual === null) throw new MedallionError('MED_TOPIC_MISSING', { topic });
    partitioners.set(topic, createPartitioner(actual.length));
  };
  try {
    for (const topic of options.topics) await patiently(() => open(topic));
  } catch (error) {
    await log.close().catch(() => {}); // an open log would keep the process alive
    throw error;
  }

  let appender: Appender | null = null;
  const append = async (batches: readonly AppendBatch[]): Promise<void> => {
    try {
      appender ??= await log.appender();
      await appender.append(batches);
    } catch (error) {
      const broken = appender;
      appender = null;
      await broken?.close().catch(() => {});
      throw error;
    }
  };
  return {
    async write(records) {
      const placed = records.map(({ topic, key, value }) => {
        const bytes = key === null ? null : Buffer.from(key, 'utf8');
        const partition = partitioners.get(topic)?.(bytes) ?? 0;
        return { topic, partition, record: { key: bytes, value, headers: {} } };
      });
      const batches = [...Map.groupBy(placed, ({ topic, partition }) => `${partition} ${topic}`).values()].map(
        (those): AppendBatch => ({
          topic: those[0]!.topic,
          partition: those[0]!.partition,
          records: those.map(({ record }) => record),
        }),
      );
      if (batches.length > 0) await patiently(() => append(batches));
    },
    async close() {
      await appender?.close();
      await log.close();
    },
  };
}

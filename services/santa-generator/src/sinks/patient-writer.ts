import { MedallionError } from '@medallion/core';
import type { AppendBatch, Appender, RecordLog } from '@medallion/runtime';
import { createPartitioner } from './partitioner.ts';

/** Which topics, and how they are made when they do not exist. */
export type PatientWriterOptions = {
  readonly topics: readonly string[];
  /** Partitions of a topic that has to be created; an existing topic keeps its own. */
  readonly partitions: number;
  /** Called before each further attempt, with the error of the last one. */
  readonly onRetry?: ((error: MedallionError) => void) | undefined;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
};

/** Appends to topics, and gives a broker that restarts the time for it. */
export type PatientWriter = {
  /** The partition of a key in one of the topics, as Kafka's own clients choose it. */
  partitionOf(topic: string, key: Buffer | null): number;
  append(batches: readonly AppendBatch[]): Promise<void>;
  close(): Promise<void>;
};

const RETENTION_MS = 7 * 24 * 3_600_000;
/** A record of 900 KB with its envelope fits; a batch of several records stays well below. */
const MAX_MESSAGE_BYTES = 1_048_588;
/** Attempts for the opening and for one append, half a minute in all; a broker that restarts is back by then. */
const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/**
 * Opens topics for writing; those that are missing are made. An append that fails is tried again, so records may be in
 * a topic twice after a broker's failure, as with any honest source. The log is closed with the writer.
 *
 * @throws MED_APPEND_FAILED, MED_LOG_UNAVAILABLE after the last attempt; also `append` does.
 */
export async function patientWriter(
  log: Pick<RecordLog, 'appender' | 'ensureTopics' | 'partitions' | 'close'>,
  { topics, partitions, onRetry, sleep }: PatientWriterOptions,
): Promise<PatientWriter> {
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause = Math.min(MAX_PAUSE_MS, pause * 2)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof MedallionError && error.retryable) || attempt === ATTEMPTS) throw error;
        onRetry?.(error);
        await sleep(pause);
      }
    }
  };
  const partitioners = new Map<string, ReturnType<typeof createPartitioner>>();
  const open = async (topic: string): Promise<void> => {
    await log.ensureTopics([{ topic, partitions, retentionMs: RETENTION_MS, maxMessageBytes: MAX_MESSAGE_BYTES }]);
    const actual = await log.partitions(topic);
    if (actual === null) throw new MedallionError('MED_TOPIC_MISSING', { topic });
    partitioners.set(topic, createPartitioner(actual.length));
  };
  try {
    // Partitions of a topic that was just made may have no leader yet.
    for (const topic of topics) await patiently(() => open(topic));
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
    partitionOf(topic, key) {
      const partitioner = partitioners.get(topic);
      if (partitioner === undefined) throw new Error(`invariant violated: ${topic} was not opened`);
      return partitioner(key);
    },
    append: (batches) => patiently(() => append(batches)),
    async close() {
      await appender?.close();
      await log.close();
    },
  };
}

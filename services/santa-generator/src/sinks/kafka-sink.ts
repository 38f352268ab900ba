import { MedallionError } from '@medallion/core';
import type { AppendBatch, Appender, OutRecord, RecordLog } from '@medallion/runtime';
import type { GeneratedRecord } from '../generator.ts';
import { createPartitioner } from './partitioner.ts';
import type { Sink } from './sink.ts';

/** Where to, and how the topic is made when it does not exist. */
export type KafkaSinkOptions = {
  readonly topic: string;
  /** Partitions of the topic if it has to be created; an existing topic keeps its own. */
  readonly partitions: number;
  /** Called before each further attempt, with the error of the last one. */
  readonly onRetry?: (error: MedallionError) => void;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
};

const NO_HEADERS = {};
const RETENTION_MS = 7 * 24 * 3_600_000;
/** A record of 900 KB with its envelope fits; a batch of several records stays well below. */
const MAX_MESSAGE_BYTES = 1_048_588;
const MAX_BATCH_BYTES = 512 * 1_024;
/** Attempts for the opening and for one write, half a minute in all; a broker that restarts is back by then. */
const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/**
 * Appends records to a topic: a record goes where its key says, and per key in order. An append that fails is tried
 * again, so records may be in the topic twice after a broker's failure, as with any honest source.
 *
 * @throws MED_APPEND_FAILED, MED_LOG_UNAVAILABLE after the last attempt.
 */
export async function kafkaSink(
  log: Pick<RecordLog, 'appender' | 'ensureTopics' | 'partitions' | 'close'>,
  { topic, partitions, onRetry, sleep }: KafkaSinkOptions,
): Promise<Sink> {
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    let pause = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof MedallionError && error.retryable) || attempt === ATTEMPTS) throw error;
        onRetry?.(error);
        await sleep(pause);
        pause = Math.min(MAX_PAUSE_MS, pause * 2);
      }
    }
  };
  const open = async (): Promise<number> => {
    await log.ensureTopics([{ topic, partitions, retentionMs: RETENTION_MS, maxMessageBytes: MAX_MESSAGE_BYTES }]);
    const actual = await log.partitions(topic);
    if (actual === null) throw new MedallionError('MED_TOPIC_MISSING', { topic });
    return actual.length;
  };
  // Partitions of a topic that was just made may have no leader yet. A log that stays open keeps the process alive.
  const count = await patiently(open).catch(async (error: unknown) => {
    await log.close().catch(() => {});
    throw error;
  });
  const partitionOf = createPartitioner(count);
  let appender: Appender | null = null;

  const append = (batches: readonly AppendBatch[]): Promise<void> =>
    patiently(async () => {
      try {
        appender ??= await log.appender();
        await appender.append(batches);
      } catch (error) {
        const broken = appender;
        appender = null;
        await broken?.close().catch(() => {});
        throw error;
      }
    });

  return {
    async write(records) {
      for (const batches of toBatches(records, topic, partitionOf)) await append(batches);
    },
    async close() {
      await appender?.close();
      await log.close();
    },
  };
}

/** Records by partition in rounds: in a round a partition has one batch of at most MAX_BATCH_BYTES, or one record. */
function* toBatches(
  records: readonly GeneratedRecord[],
  topic: string,
  partitionOf: (key: Buffer | null) => number,
): Generator<AppendBatch[]> {
  let round = new Map<number, { records: OutRecord[]; bytes: number }>();
  const take = (): AppendBatch[] => {
    const batches = [...round].map(([partition, batch]) => ({ topic, partition, records: batch.records }));
    round = new Map();
    return batches;
  };
  for (const { key: text, value } of records) {
    const key = text === null ? null : Buffer.from(text, 'utf8');
    const partition = partitionOf(key);
    const bytes = (key?.length ?? 0) + (value?.length ?? 0);
    const full = round.get(partition);
    if (full !== undefined && full.bytes + bytes > MAX_BATCH_BYTES) yield take();
    let batch = round.get(partition);
    if (batch === undefined) {
      batch = { records: [], bytes: 0 };
      round.set(partition, batch);
    }
    batch.records.push({ key, value, headers: NO_HEADERS });
    batch.bytes += bytes;
  }
  if (round.size > 0) yield take();
}

import type { AppendBatch, OutRecord, RecordLog } from '@medallion/runtime';
import type { GeneratedRecord } from '../generator.ts';
import { type PatientWriterOptions, patientWriter } from './patient-writer.ts';
import type { Sink } from './sink.ts';

/** Where to, and how the topic is made when it does not exist. */
export type KafkaSinkOptions = Omit<PatientWriterOptions, 'topics'> & { readonly topic: string };

const NO_HEADERS = {};
const MAX_BATCH_BYTES = 512 * 1_024;

/**
 * Appends records to a topic: a record goes where its key says, and per key in order.
 *
 * @throws MED_APPEND_FAILED, MED_LOG_UNAVAILABLE after the last attempt.
 */
export async function kafkaSink(
  log: Pick<RecordLog, 'appender' | 'ensureTopics' | 'partitions' | 'close'>,
  { topic, ...options }: KafkaSinkOptions,
): Promise<Sink> {
  const writer = await patientWriter(log, { ...options, topics: [topic] });
  const partitionOf = (key: Buffer | null) => writer.partitionOf(topic, key);
  return {
    async write(records) {
      for (const batches of toBatches(records, topic, partitionOf)) await writer.append(batches);
    },
    close: () => writer.close(),
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

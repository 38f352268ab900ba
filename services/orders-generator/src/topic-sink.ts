import type { AppendBatch, RecordLog } from '@medallion/runtime';
import { type PatientWriterOptions, patientWriter } from '@medallion/santa-generator';
import type { TopicRecord } from './scenario.ts';

/** Takes records for topics. */
export type TopicSink = { write(records: readonly TopicRecord[]): Promise<void>; close(): Promise<void> };

/**
 * Appends records where their keys say, and per key in order; topics that are missing are made.
 *
 * @throws MED_APPEND_FAILED, MED_LOG_UNAVAILABLE after the last attempt.
 */
export async function topicSink(log: RecordLog, options: PatientWriterOptions): Promise<TopicSink> {
  const writer = await patientWriter(log, options);
  return {
    async write(records) {
      const placed = records.map(({ topic, key, value }) => {
        const bytes = key === null ? null : Buffer.from(key, 'utf8');
        return { topic, partition: writer.partitionOf(topic, bytes), record: { key: bytes, value, headers: {} } };
      });
      const batches = [...Map.groupBy(placed, ({ topic, partition }) => `${partition} ${topic}`).values()].map(
        (those): AppendBatch => ({
          topic: those[0]!.topic,
          partition: those[0]!.partition,
          records: those.map(({ record }) => record),
        }),
      );
      if (batches.length > 0) await writer.append(batches);
    },
    close: () => writer.close(),
  };
}

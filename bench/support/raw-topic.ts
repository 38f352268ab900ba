import { instant, silentLog } from '@medallion/core';
import { createKafkaLog } from '@medallion/kafka';
import type { AppendBatch, OutRecord } from '@medallion/runtime';
import { createGenerator, createPartitioner } from '@medallion/santa-generator';

const TOPIC = 'santa.deliveries.raw';
export const PARTITIONS = 4;

/** How the input is filled. */
export type Fill = {
  readonly events: number;
  readonly seed: number;
  /** Events per second of event time: how dense keys and windows are. */
  readonly density: number;
  readonly startMs: number;
};

/** Fills the input topic with seeded events; returns their bytes. */
export async function fillRawTopic(
  brokers: readonly string[],
  fill: Fill,
): Promise<{ records: number; bytes: number }> {
  const log = createKafkaLog({ brokers, clientId: 'bench-fill', log: silentLog });
  await log.ensureTopics([
    { topic: TOPIC, partitions: PARTITIONS, retentionMs: 7 * 86_400_000, maxMessageBytes: 1_048_588 },
  ]);
  const appender = await log.appender();
  const generator = createGenerator({
    seed: fill.seed,
    start: instant(fill.startMs),
    ratePerSecond: fill.density,
    events: fill.events,
  });
  const partitionOf = createPartitioner(PARTITIONS);
  let records = 0;
  let bytes = 0;
  for (let batch = generator.nextBatch(4_000); batch.length > 0; batch = generator.nextBatch(4_000)) {
    const byPartition = Array.from({ length: PARTITIONS }, (): OutRecord[] => []);
    for (const { key, value } of batch) {
      const record = { key: key === null ? null : Buffer.from(key), value, headers: {} };
      byPartition[partitionOf(record.key)]!.push(record);
      records++;
      bytes += value?.length ?? 0;
    }
    const batches = byPartition.map((each, partition): AppendBatch => ({ topic: TOPIC, partition, records: each }));
    await appender.append(batches.filter((each) => each.records.length > 0));
  }
  await appender.close();
  await log.close();
  return { records, bytes };
}

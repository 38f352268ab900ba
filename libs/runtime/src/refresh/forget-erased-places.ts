import type { OutRecord, RecordLog } from '../ports/index.ts';
import { type Erasure, erasuresTopicOf, fromErasureRecord, toErasureRecord } from '../protocol/erasure.ts';

/**
 * Erasures say up to which offset of a topic somebody's records are none: where a topic begins anew, those offsets are of new
 * data. What was erased stays so in the topics that it is made of.
 */
export async function forgetErasedPlaces(log: RecordLog, pipeline: string, topics: readonly string[]): Promise<void> {
  const topic = erasuresTopicOf(pipeline);
  if ((await log.partitions(topic)) === null) return;
  const known = new Map<string, Erasure>();
  for await (const records of log.read({ topic, partition: 0 }, 0))
    for (const record of records) {
      const erasure = fromErasureRecord(record);
      if (erasure !== null) known.set(erasure.fingerprint, erasure);
    }
  const records: OutRecord[] = [];
  for (const erasure of known.values()) {
    const kept = Object.entries(erasure.before).filter(([of]) => !topics.includes(of));
    if (kept.length < Object.keys(erasure.before).length)
      records.push(toErasureRecord({ ...erasure, before: Object.fromEntries(kept) }));
  }
  if (records.length === 0) return;
  const appender = await log.appender();
  try {
    await appender.append([{ topic, partition: 0, records }]);
  } finally {
    await appender.close();
  }
}

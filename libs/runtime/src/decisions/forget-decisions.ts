import type { PipelinePlan } from '@medallion/pipeline';
import type { OutRecord, RecordLog } from '../ports/index.ts';
import { decisionsTopicOf } from '../protocol/decisions.ts';

/** Decisions are about a record by its place: where a topic begins anew, that is another record. */
export async function forgetDecisions(log: RecordLog, plan: PipelinePlan, topics: readonly string[]): Promise<void> {
  const topic = decisionsTopicOf(plan.name);
  if ((await log.partitions(topic)) === null) return;
  const forgotten = new Map<string, OutRecord>();
  for await (const records of log.read({ topic, partition: 0 }, 0))
    for (const { key, value } of records) {
      const [, about] = key?.toString('utf8').split(':') ?? [];
      if (key === null || about === undefined || !topics.includes(about)) continue;
      if (value === null) forgotten.delete(key.toString('utf8'));
      else forgotten.set(key.toString('utf8'), { key, value: null, headers: {} });
    }
  if (forgotten.size === 0) return;
  const appender = await log.appender();
  try {
    await appender.append([{ topic, partition: 0, records: [...forgotten.values()] }]);
  } finally {
    await appender.close();
  }
}

import { MedallionError } from '@medallion/core';
import type { RecordLog } from './ports/index.ts';

/**
 * A log that makes no topics: where one is missing that a flow asks for, it says so.
 *
 * `ensureTopics` @throws MED_NOT_MIGRATED
 * @example const log = verifyOnly(createKafkaLog(options), plan.name)
 */
export const verifyOnly = (log: RecordLog, pipeline: string): RecordLog => ({
  ...log,
  ensureTopics: async (specs) => {
    const missing: string[] = [];
    for (const { topic } of specs) if ((await log.partitions(topic)) === null) missing.push(topic);
    if (missing.length === 0) return;
    throw new MedallionError('MED_NOT_MIGRATED', { pipeline, missing: `there is no topic ${missing.join(', ')}` });
  },
});

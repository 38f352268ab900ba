import { MedallionError } from '@medallion/core';
import type { RecordLog } from '@medallion/runtime';

/** Connects to Kafka. */
export function openLog(brokers: readonly string[]): RecordLog {
  throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: `no client is wired yet for ${brokers.join(',')}` });
}

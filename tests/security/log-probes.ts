import type { RecordLog } from '@medallion/runtime';

/** What somebody may try with a log that he has no right to. */

const record = { key: Buffer.from('k'), value: Buffer.from('v'), headers: {} };

/** Writes a record to the first partition of a topic. */
export async function append(log: RecordLog, topic: string): Promise<void> {
  const appender = await log.appender();
  try {
    await appender.append([{ topic, partition: 0, records: [record] }]);
  } finally {
    await appender.close();
  }
}

/** Joins a group, and ends with what ends the membership. */
export async function joinGroup(log: RecordLog, group: string, topic: string): Promise<void> {
  const options = { maxWaitMs: 50, maxBytesPerPartition: 10_000, sessionTimeoutMs: 6_000, tickMs: 1_000 };
  const handler = { open: async () => 0, process: async () => {}, tick: async () => {}, closed: () => {} };
  const subscription = await log.subscribe({ ...options, group, topics: [topic] }, handler);
  try {
    await subscription.done;
  } finally {
    await subscription.stop();
  }
}

/** Reads the first records of a topic. */
export const firstOf = async (log: RecordLog, topic: string): Promise<void> => {
  for await (const _ of log.read({ topic, partition: 0 }, 0)) return;
};

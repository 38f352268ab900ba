import { after, before } from 'node:test';
import type { AppendBatch, OutRecord, RecordLog } from '@medallion/runtime';
import type { LogHarness } from './contract.ts';

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
let count = 0;

/** A name that no other test has, of the form that the engine's topics have. */
export const fresh = (what: string): string => `contract-${run}.${what}_${++count}`;

export const text = (value: string | null): OutRecord => ({
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: {},
});

export const texts = (topic: string, partition: number, ...values: string[]): AppendBatch => ({
  topic,
  partition,
  records: values.map(text),
});

/** Records "0", "1" … */
export const numbered = (topic: string, partition: number, count: number, from = 0): AppendBatch =>
  texts(topic, partition, ...Array.from({ length: count }, (_, i) => String(from + i)));

/** One harness and one client for the tests of a describe block. */
export function setUp(make: () => Promise<LogHarness>): { harness: () => LogHarness; log: () => RecordLog } {
  let harness: LogHarness;
  let log: RecordLog;
  before(async () => {
    harness = await make();
    log = harness.connect();
  });
  after(() => harness.close());
  return { harness: () => harness, log: () => log };
}

/** A new topic of `partitions` partitions. */
export async function topicOf(log: RecordLog, partitions: number): Promise<string> {
  const topic = fresh('silver_deliveries');
  await log.ensureTopics([{ topic, partitions, retentionMs: 3_600_000, maxMessageBytes: 8_388_608 }]);
  return topic;
}

/** Appends with an appender of its own. */
export async function append(log: RecordLog, ...batches: AppendBatch[]): Promise<readonly number[]> {
  const appender = await log.appender();
  try {
    return await appender.append(batches);
  } finally {
    await appender.close();
  }
}

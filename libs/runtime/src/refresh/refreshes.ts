import { MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { LogRecord, RecordLog } from '../ports/index.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/trace.ts';

/** A rebuild of a table from its input's start, as its topic keeps it. */
export type Refresh = {
  /** `begun`: some of it may be done, and services refuse to start. */
  readonly state: 'begun' | 'done' | 'refused';
  readonly table: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
};

/**
 * The compacted topic, of one partition, that says which tables of a pipeline are being rebuilt: services that have no
 * credentials for Postgres must know of it too.
 */
export const refreshesTopicOf = (pipeline: string): string => `${pipeline}.refreshes`;

/** The rebuilds that have begun and not ended. */
export async function unfinishedRefreshes(log: RecordLog, pipeline: string): Promise<readonly Refresh[]> {
  const topic = refreshesTopicOf(pipeline);
  if ((await log.partitions(topic)) === null) return [];
  const last = new Map<string, Refresh>();
  for await (const records of log.read({ topic, partition: 0 }, 0))
    for (const record of records) {
      const refresh = fromRecord(record);
      if (refresh !== null) last.set(refresh.table, refresh);
    }
  return [...last.values()].filter(({ state }) => state === 'begun');
}

/** Says how far a rebuild is; acknowledged when it resolves. */
export async function noteRefresh(log: RecordLog, pipeline: string, refresh: Refresh): Promise<void> {
  const topic = refreshesTopicOf(pipeline);
  await log.ensureTopics([
    { topic, partitions: 1, retentionMs: -1, maxMessageBytes: MAX_MESSAGE_BYTES, cleanup: 'compact' },
  ]);
  const appender = await log.appender();
  try {
    const value = Buffer.from(JSON.stringify(refresh));
    await appender.append([
      { topic, partition: 0, records: [{ key: Buffer.from(refresh.table), value, headers: {} }] },
    ]);
  } finally {
    await appender.close();
  }
}

/** What a service asks before any of its flows starts. @throws MED_REFRESH_UNFINISHED */
export async function refuseUnfinished({ name }: PipelinePlan, log: RecordLog): Promise<void> {
  const [refresh] = await unfinishedRefreshes(log, name);
  if (refresh === undefined) return;
  const { table, by, at } = refresh;
  throw new MedallionError('MED_REFRESH_UNFINISHED', { pipeline: name, table, by, at });
}

function fromRecord({ value }: LogRecord): Refresh | null {
  try {
    const { state, table, by, at } = JSON.parse(value?.toString('utf8') ?? '') as Record<string, unknown>;
    if ((state !== 'begun' && state !== 'done' && state !== 'refused') || typeof table !== 'string') return null;
    return { state, table, by: String(by), at: String(at) };
  } catch {
    return null;
  }
}

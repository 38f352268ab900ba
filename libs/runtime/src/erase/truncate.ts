import { type Instant, isoString } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { Offset, RecordLog } from '../ports/index.ts';
import { type Behind, type Mark, restoring } from './readers.ts';
import type { PersonInTopic, PersonPartition } from './scan-topic.ts';

/** The port to deleting the oldest records of topics. Services never use it. */
export interface LogTruncation {
  /** Deletes the records of a topic before these offsets, by partition. */
  truncate(topic: string, before: ReadonlyMap<number, Offset>): Promise<void>;
}

/** What was done to one partition of a topic. */
export type ErasedFromTopic = {
  readonly topic: string;
  readonly table: string;
  readonly kind: PersonInTopic['kind'] | 'changelog';
  readonly partition: number;
  /** Records about the person; of a changelog, rows that stood. */
  readonly records: number;
  /** `deleted` by null values, `truncated` with all before them, or `kept`: no record of a log can be changed. */
  readonly action: 'deleted' | 'truncated' | 'kept';
  /** When retention lets the last of them go, ISO 8601; null: it was deleted, or is never. */
  readonly until: string | null;
  readonly note?: string;
};

/** What stays in append-only topics, and until when; or what truncating them would delete. */
export const keptTopics = (topics: readonly PersonInTopic[], truncated: boolean): readonly ErasedFromTopic[] =>
  topics.flatMap((topic) =>
    held(topic).map((partition) => (truncated ? cut(topic, partition) : kept(topic, partition))),
  );

/**
 * Deletes records up to the person's last one in each partition. All readers have passed it; refused are topics from
 * which a flow would rebuild its state.
 */
export async function truncateTopics(
  truncation: LogTruncation,
  log: RecordLog,
  plan: PipelinePlan,
  topics: readonly PersonInTopic[],
): Promise<{ readonly topics: readonly ErasedFromTopic[]; readonly behind: readonly Behind[] }> {
  const done: ErasedFromTopic[] = [];
  const stuck: Behind[] = [];
  for (const topic of topics) {
    const partitions = held(topic);
    if (partitions.length === 0) continue;
    const marks: Mark[] = partitions.map(({ partition, last }) => ({
      topic: topic.topic,
      partition,
      needs: last.offset + 1,
    }));
    const needed = await restoring(log, plan, marks);
    stuck.push(...needed);
    const free = partitions.filter(({ partition }) => !needed.some((each) => each.partition === partition));
    if (free.length > 0)
      await truncation.truncate(topic.topic, new Map(free.map(({ partition, last }) => [partition, last.offset + 1])));
    for (const partition of partitions)
      done.push(free.includes(partition) ? cut(topic, partition) : kept(topic, partition));
  }
  return { topics: done, behind: stuck };
}

type Held = PersonPartition & { readonly last: { readonly offset: Offset; readonly at: Instant } };

const held = ({ partitions }: PersonInTopic): readonly Held[] =>
  partitions.filter((partition): partition is Held => partition.last !== null);

const common = ({ topic, table, kind }: PersonInTopic, { partition, records, unreadable }: Held) => ({
  ...{ topic, table, kind, partition, records: records + unreadable },
});

function kept(topic: PersonInTopic, partition: Held): ErasedFromTopic {
  const { retentionMs } = topic;
  const until = retentionMs < 0 ? null : isoString((partition.last.at + retentionMs) as Instant);
  const note =
    until === null
      ? 'kept for ever; --truncate deletes them'
      : 'retention deletes them when their segment is closed and this has passed';
  return { ...common(topic, partition), action: 'kept', until, note };
}

function cut(topic: PersonInTopic, partition: Held): ErasedFromTopic {
  const others = partition.last.offset + 1 - partition.low - partition.records - partition.unreadable;
  const note =
    others === 0
      ? ''
      : `with ${others} older ${others === 1 ? 'record' : 'records'} of others, which all readers have read`;
  return { ...common(topic, partition), action: 'truncated', until: null, ...(note === '' ? {} : { note }) };
}

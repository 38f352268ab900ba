import type { Instant } from '@medallion/core';
import type { Offset, RecordLog } from '../ports/index.ts';
import type { Person } from './person.ts';
import type { PersonTopic } from './person-topics.ts';
import { mentions } from './persons-in.ts';

/** What one partition of a topic holds of a person. */
export type PersonPartition = {
  readonly partition: number;
  /** The range that was looked through. */
  readonly low: Offset;
  readonly high: Offset;
  /** Records about the person. */
  readonly records: number;
  /** The last of them, and when it was written; null for none. */
  readonly last: { readonly offset: Offset; readonly at: Instant } | null;
  /** Records that nobody can read, in which the person's name stands as a word. */
  readonly unreadable: number;
};

/** What a topic holds of a person. */
export type PersonInTopic = Pick<PersonTopic, 'topic' | 'table' | 'kind' | 'retentionMs'> & {
  readonly partitions: readonly PersonPartition[];
};

/** Looks through a topic; null when there is none. */
export async function scanTopic(
  log: RecordLog,
  { topic, table, kind, retentionMs, prepare, personsOf }: PersonTopic,
  { id }: Person,
): Promise<PersonInTopic | null> {
  const ranges = await log.partitions(topic);
  if (ranges === null) return null;
  const partitions: PersonPartition[] = [];
  for (const { partition, low, high } of ranges) {
    let records = 0;
    let unreadable = 0;
    let last: PersonPartition['last'] = null;
    if (high > low)
      for await (const batch of log.read({ topic, partition }, low)) {
        const wanted = batch.filter(({ offset }) => offset < high);
        await prepare(wanted);
        for (const record of wanted) {
          const persons = personsOf(record);
          const mine = persons === null ? mentions(record.value, id) || mentions(record.key, id) : persons.has(id);
          if (!mine) continue;
          if (persons === null) unreadable++;
          else records++;
          last = { offset: record.offset, at: record.timestampMs as Instant };
        }
      }
    partitions.push({ partition, low, high, records, last, unreadable });
  }
  return { topic, table, kind, retentionMs, partitions };
}

/** Records about the person, those included that cannot be read and name them. */
export const recordsIn = ({ partitions }: Pick<PersonInTopic, 'partitions'>): number =>
  partitions.reduce((sum, { records, unreadable }) => sum + records + unreadable, 0);

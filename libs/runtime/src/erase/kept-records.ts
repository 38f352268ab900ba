import type { PipelinePlan } from '@medallion/pipeline';
import type { LogRecord } from '../ports/index.ts';
import { formatCoordinate, SRC } from '../protocol/coordinates.ts';
import type { KeptRecord } from './erasure-store.ts';
import type { Person, SubjectPlan } from './person.ts';
import type { PersonTopic } from './person-topics.ts';
import { mentions, personsInValue } from './persons-in.ts';

/**
 * Says which records that Postgres keeps as bytes are a person's: by the row that they were decoded to, else by the bytes,
 * read as the flow read them that was given them.
 */
export function keptRecords(
  plan: PipelinePlan,
  topics: readonly PersonTopic[],
  subject: SubjectPlan,
  { id }: Person,
): (records: readonly KeptRecord[]) => Promise<readonly (boolean | 'unreadable')[]> {
  const refused = new Map(topics.filter(({ kind }) => kind === 'refused').map((topic) => [topic.table, topic]));
  const rows = new Map(topics.filter(({ kind }) => kind === 'rows').map((topic) => [topic.topic, topic]));
  const known = new Set(plan.tables.map(({ name }) => name));
  // Late rows, and records of the table's own topic that are no rows of it, are read as that topic's rows.
  const readerOf = ({ table, flow, topic }: KeptRecord): PersonTopic | undefined =>
    flow === null || flow === '' ? rows.get(topic) : refused.get(table);

  const judge = async (kept: KeptRecord): Promise<boolean | 'unreadable'> => {
    if (kept.row !== null && personsInValue(kept.row, subject).has(id)) return true;
    const reader = readerOf(kept);
    // A table whose flows are given nothing about persons keeps nothing about them.
    if (reader === undefined && known.has(kept.table)) return false;
    const record = recordOf(kept);
    await reader?.prepare([record]);
    const persons = reader?.personsOf(record) ?? null;
    if (persons !== null) return persons.has(id);
    return mentions(kept.value, id) || mentions(kept.key, id) ? 'unreadable' : false;
  };
  return async (records) => {
    const verdicts: (boolean | 'unreadable')[] = [];
    for (const record of records) verdicts.push(await judge(record));
    return verdicts;
  };
}

const recordOf = ({ flow, partition, offset, key, value }: KeptRecord): LogRecord => ({
  ...{ offset, key, value, timestampMs: 0 },
  headers: flow === null || flow === '' ? {} : { [SRC]: formatCoordinate(flow, partition, offset, 0) },
});

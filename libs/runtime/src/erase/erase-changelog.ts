import { MedallionError } from '@medallion/core';
import type { KeyedTablePlan } from '@medallion/pipeline';
import type { Appender, LogRecord, Offset, OutRecord, RecordLog, RowCodecs, TopicPartition } from '../ports/index.ts';
import { CHANGELOG_HEADER, changelogSchema, changelogSource, standsWhereExpected } from '../protocol/changelog.ts';
import { SRC } from '../protocol/coordinates.ts';
import type { Person, SubjectPlan } from './person.ts';
import { personsInRow } from './persons-in.ts';

/** What a changelog holds of a person, and how far who reads it must have come to know of all of it. */
export type PersonInChangelog = {
  readonly topic: string;
  readonly table: string;
  readonly partitions: readonly {
    readonly partition: number;
    /** Rows (type 2: versions) that stand. */
    readonly rows: number;
    /** The last record that counts and is about the person, whether its row still stands; null for none. */
    readonly last: Offset | null;
  }[];
};

/** What looking at changelogs takes; `append` is absent where nothing is to be written. */
export type ChangelogParts = {
  readonly log: RecordLog;
  readonly codecs: RowCodecs;
  readonly subject: SubjectPlan;
  readonly person: Person;
};

/** Other writers can get in between reading and writing so often, one after the other, until that is an error. */
const TRIES = 5;

/** What a keyed table's changelog holds of a person; null when there is no such topic. */
export async function scanChangelog(table: KeyedTablePlan, parts: ChangelogParts): Promise<PersonInChangelog | null> {
  const topic = table.changelogTopic;
  const ranges = await parts.log.partitions(topic);
  if (ranges === null) return null;
  const personsOf = await rowPersons(table, parts);
  const partitions = [];
  for (const { partition } of ranges) {
    const { mine, last } = await read({ topic, partition }, table, personsOf, parts);
    partitions.push({ partition, rows: mine.size, last });
  }
  return { topic, table: table.name, partitions };
}

/**
 * Deletes a person's rows from a changelog as its own flow would: by null values that stand where they are expected to
 * (SPEC K1), each with the sequence of the row that it deletes. Of equal sequences a delete counts (C2), so what the flow
 * reads again of the person, after a crash or from a stale checkpoint, brings nothing back. An owner that runs finds out
 * that it is not alone any more, and reads the partition again.
 *
 * @throws MED_APPEND_FAILED when others always write in between
 */
export async function eraseFromChangelog(table: KeyedTablePlan, parts: ChangelogParts): Promise<number> {
  const topic = table.changelogTopic;
  const personsOf = await rowPersons(table, parts);
  const appender = await parts.log.appender();
  try {
    let erased = 0;
    for (const { partition } of (await parts.log.partitions(topic)) ?? [])
      erased += await erasePartition({ topic, partition }, table, personsOf, parts, appender);
    return erased;
  } finally {
    await appender.close();
  }
}

type RowPersons = (records: readonly LogRecord[]) => Promise<readonly (ReadonlySet<string> | null)[]>;

/** Whom the rows of changelog records are about; null for no row, or one that cannot be read. */
async function rowPersons(table: KeyedTablePlan, { codecs, subject }: ChangelogParts): Promise<RowPersons> {
  const columns = subject.columns.get(table.name)!;
  const decoder = await codecs.decoder(table.changelogTopic, changelogSchema(table.schema));
  return async (records) => {
    await decoder.prepare(records.map(({ value }) => value));
    return records.map(({ value }) => {
      if (value === null) return null;
      const decoded = decoder.decode(value);
      return 'row' in decoded ? personsInRow(decoded.row, columns, subject) : null;
    });
  };
}

async function erasePartition(
  at: TopicPartition,
  table: KeyedTablePlan,
  personsOf: RowPersons,
  parts: ChangelogParts,
  appender: Appender,
): Promise<number> {
  let erased = 0;
  for (let tried = 0; tried < TRIES; tried++) {
    const { mine, end, unfinished } = await read(at, table, personsOf, parts);
    if (mine.size === 0) return erased;
    // Its flow writes the rest of that change when it starts, and knows by the last record that it has to (K6).
    if (unfinished)
      throw new MedallionError('MED_APPEND_FAILED', {
        topic: at.topic,
        reason: 'its flow has not finished a change: start it',
      });
    erased = Math.max(erased, mine.size);
    const [offset] = await appender.append([{ ...at, records: tombstones(at, table.flow.name, mine, end) }]);
    if (offset === end) continue; // looks again: all of them may stand now
  }
  throw new MedallionError('MED_APPEND_FAILED', { topic: at.topic, reason: 'another writer came between' });
}

const tombstones = (
  { partition }: TopicPartition,
  flow: string,
  mine: ReadonlyMap<string, string>,
  end: Offset,
): readonly OutRecord[] =>
  [...mine].map(([key, sequence], i) => ({
    key: Buffer.from(key),
    value: null,
    headers: { [SRC]: changelogSource(flow, partition, end + i), [CHANGELOG_HEADER.sequence]: sequence },
  }));

type Reading = {
  /** Keys of records whose rows stand and are the person's, with the sequences of the rows as their headers say them. */
  readonly mine: ReadonlyMap<string, string>;
  readonly last: Offset | null;
  readonly end: Offset;
  /** Whether more records of the last change should follow. */
  readonly unfinished: boolean;
};

async function read(
  at: TopicPartition,
  table: KeyedTablePlan,
  personsOf: RowPersons,
  { log, person }: ChangelogParts,
): Promise<Reading> {
  const range = (await log.partitions(at.topic))?.find(({ partition }) => partition === at.partition);
  const mine = new Map<string, string>();
  let [last, end, unfinished]: [Offset | null, Offset, boolean] = [null, range?.high ?? 0, false];
  for await (const records of log.read(at, 0)) {
    end = Math.max(end, records.at(-1)!.offset + 1);
    const counting = records.filter(
      (record) => record.key !== null && standsWhereExpected(record, table.flow.name, at),
    );
    const persons = await personsOf(counting);
    for (const [i, { key, offset, headers }] of counting.entries()) {
      const text = key!.toString('utf8');
      const sequence = headers[CHANGELOG_HEADER.sequence]?.toString();
      unfinished = headers[CHANGELOG_HEADER.more] !== undefined;
      if (persons[i]?.has(person.id) !== true) mine.delete(text);
      else {
        last = offset;
        if (sequence !== undefined) mine.set(text, sequence);
      }
    }
  }
  return { mine, last, end, unfinished };
}

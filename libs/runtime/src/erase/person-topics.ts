import {
  type FlowPlan,
  flowsOf,
  type PipelinePlan,
  type StreamingTablePlan,
  streamingTables,
  type TablePlan,
} from '@medallion/pipeline';
import type { LogRecord, RecordDecoder, RowCodecs, RowDecoder } from '../ports/index.ts';
import { coordinateOf } from '../protocol/coordinates.ts';
import { originalName, redrivenFlowsOf } from '../redrive/redriven-flow.ts';
import { QUARANTINE_RETENTION_MS } from '../topics.ts';
import { idText, isAbout, type SubjectPlan } from './person.ts';
import { personsInRow, personsInText, personsInValue } from './persons-in.ts';

/** Whom a record is about; null where its bytes cannot be read. */
export type PersonsOf = (record: LogRecord) => ReadonlySet<string> | null;

/** An append-only topic of the engine whose records may be about persons. */
export type PersonTopic = {
  readonly topic: string;
  readonly table: string;
  /** Rows of a table, records that its flows refused, or records that are brought to one of its flows again. */
  readonly kind: 'rows' | 'refused' | 'brought';
  /** -1: for ever. */
  readonly retentionMs: number;
  /** To be awaited before `personsOf` is asked about these records. */
  readonly prepare: (records: readonly LogRecord[]) => Promise<void>;
  readonly personsOf: PersonsOf;
};

/** Reads the bytes of records that a flow was given. */
type InputReader = {
  readonly prepare: (records: readonly LogRecord[]) => Promise<void>;
  readonly personsOf: PersonsOf;
};

const NOBODY: ReadonlySet<string> = new Set();
const FOR_EVER = -1;

/** The append-only topics of a pipeline that may hold persons of a subject, each with how to find them. */
export async function personTopics(
  plan: PipelinePlan,
  subject: SubjectPlan,
  codecs: RowCodecs,
): Promise<readonly PersonTopic[]> {
  const found: PersonTopic[] = [];
  for (const table of plan.tables) {
    if (table.kind === 'streaming_table' && isAbout(table, subject)) found.push(await rowsOf(table, subject, codecs));
    if (table.kind !== 'streaming_table' && table.kind !== 'keyed_table') continue;
    const readers = await inputReaders(plan, table, subject, codecs);
    if (readers.size === 0) continue;
    found.push({
      ...{ topic: table.quarantineTopic, table: table.name, kind: 'refused', retentionMs: QUARANTINE_RETENTION_MS },
      prepare: async (records) => {
        for (const reader of readers.values()) await reader.prepare(records);
      },
      personsOf: (record) => readers.get(originalName(coordinateOf(record)?.flow ?? ''))?.personsOf(record) ?? null,
    });
    for (const { original, topic } of redrivenFlowsOf(plan, table)) {
      const reader = readers.get(original.name);
      if (reader !== undefined)
        found.push({ topic, table: table.name, kind: 'brought', retentionMs: FOR_EVER, ...reader });
    }
  }
  return found;
}

async function rowsOf(table: StreamingTablePlan, subject: SubjectPlan, codecs: RowCodecs): Promise<PersonTopic> {
  const { topic, retentionMs, schema } = table;
  const decoder = await codecs.decoder(topic, schema);
  return { topic, table: table.name, kind: 'rows', retentionMs, ...rowReader(table, decoder, subject) };
}

/** By flow of the table, how to read what it was given; absent for flows whose input is about nobody. */
async function inputReaders(
  plan: PipelinePlan,
  table: TablePlan,
  subject: SubjectPlan,
  codecs: RowCodecs,
): Promise<ReadonlyMap<string, InputReader>> {
  const readers = new Map<string, InputReader>();
  for (const flow of flowsOf(table)) {
    const reader = await inputReader(plan, table, flow, subject, codecs);
    if (reader !== null) readers.set(flow.name, reader);
  }
  return readers;
}

async function inputReader(
  plan: PipelinePlan,
  table: TablePlan,
  { source }: FlowPlan,
  subject: SubjectPlan,
  codecs: RowCodecs,
): Promise<InputReader | null> {
  if (source.kind === 'table') {
    const from = streamingTables(plan).find(({ name }) => name === source.table)!;
    return isAbout(from, subject) ? rowReader(from, await codecs.decoder(from.topic, from.schema), subject) : null;
  }
  // What never became a row names its persons as the source does.
  if (!isAbout(table, subject)) return null;
  const avro = source.kind === 'topic' && source.format === 'avro' ? await codecs.recordDecoder() : null;
  return outsideReader(subject, 'key' in source ? source.key : null, avro);
}

function rowReader(table: StreamingTablePlan, decoder: RowDecoder, subject: SubjectPlan): InputReader {
  const columns = subject.columns.get(table.name)!;
  return {
    prepare: (records) => decoder.prepare(records.map(({ value }) => value)),
    personsOf: (record) => {
      const keyed = keyPersons(record, table.key !== null && columns.has(table.key), subject);
      if (record.value === null || record.value.length === 0) return keyed;
      const decoded = decoder.decode(record.value);
      return 'row' in decoded ? personsInRow(decoded.row, columns, subject).union(keyed) : null;
    },
  };
}

function outsideReader(subject: SubjectPlan, key: string | null, avro: RecordDecoder | null): InputReader {
  return {
    prepare: async (records) => avro?.prepare(records.map(({ value }) => value)),
    personsOf: (record) => {
      const keyed = keyPersons(record, key !== null && subject.names.has(key), subject);
      if (record.value === null || record.value.length === 0) return keyed;
      if (avro !== null) {
        const decoded = avro.decode(record.value);
        if ('record' in decoded) return personsInValue(decoded.record, subject).union(keyed);
      }
      const found = new Set(keyed);
      return personsInText(record.value.toString('utf8'), subject, found) ? found : null;
    },
  };
}

/** The person that a record's key names, where keys do. */
function keyPersons({ key }: LogRecord, names: boolean, { numeric }: SubjectPlan): ReadonlySet<string> {
  const text = key === null || !names ? null : idText(key.toString('utf8'), numeric);
  return text === null ? NOBODY : new Set([text]);
}

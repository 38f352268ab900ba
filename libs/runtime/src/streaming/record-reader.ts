import { isUtf8 } from 'node:buffer';
import { epochDay, type Instant, messageOf } from '@medallion/core';
import { AUDIT, RAW, type SourcePlan } from '@medallion/pipeline';
import { type AnyRow, type CastResult, jsonCast, plainJson, unlessTooDeep, valueCast } from '@medallion/schema';
import type { LogRecord, Outcome, RecordDecoder, RowDecoder, TopicPartition } from '../ports/index.ts';

/** A record as a row, or why it is none. */
export type Read = { readonly row: AnyRow } | { readonly outcome: Outcome; readonly reason: string };

/** Turns records of a flow's input into rows. */
export interface RecordReader {
  /** Fetches what reading these records needs, so that `read` need not wait. */
  prepare(records: readonly LogRecord[]): Promise<void>;
  /** Never throws. */
  read(record: LogRecord, at: TopicPartition, ingestedAt: Instant): Read;
}

const unparseable = (reason: string): Read => ({ outcome: 'unparseable', reason });

/** The parts of a reason that quote the data: short, and free of the NUL that Postgres refuses. */
const short = (text: string): string => text.slice(0, 80).replaceAll('\0', '');

/** A row with where it came from and when it arrived. */
export function audited(
  { row, rescued }: CastResult,
  record: LogRecord,
  at: TopicPartition,
  ingestedAt: Instant,
): Read {
  row[AUDIT.rescued] = rescued;
  row[AUDIT.ingestedAt] = ingestedAt;
  row[AUDIT.ingestedOn] = epochDay(ingestedAt);
  row[AUDIT.topic] = at.topic;
  row[AUDIT.partition] = at.partition;
  row[AUDIT.offset] = record.offset;
  return { row };
}

/** The columns that reading adds to the declared ones of an external topic. */
export const addedTo = ({ raw }: Extract<SourcePlan, { kind: 'topic' }>): readonly string[] =>
  raw === true ? [...Object.values(AUDIT), RAW] : Object.values(AUDIT);

/** Reads JSON objects of an external topic and adds where each came from and when it arrived. */
export function jsonReader(source: Extract<SourcePlan, { kind: 'topic' }>): RecordReader {
  const cast = jsonCast(source.declared, addedTo(source));
  return {
    prepare: async () => {},
    read(record, at, ingestedAt) {
      const { value } = record;
      if (value === null) return unparseable('the record has no value (a tombstone)');
      if (value.length === 0) return unparseable('the value is empty');
      if (!isUtf8(value)) return unparseable('the value is not UTF-8');
      const text = value.toString('utf8');
      try {
        const result = cast(JSON.parse(text), () => text);
        if (result === null) return unparseable('the value is JSON, but no object');
        if (source.raw === true) result.row[RAW] = text;
        return audited(result, record, at, ingestedAt);
      } catch (error) {
        return unparseable(`the value is not JSON: ${short(messageOf(error))}`);
      }
    },
  };
}

/**
 * Reads Avro records of an external topic, whoever wrote them with whatever schema: each declared column takes the value
 * of that name if it fits; the rest is rescued, as from JSON. The text of a record is what was decoded, as JSON.
 */
export function avroReader(source: Extract<SourcePlan, { kind: 'topic' }>, decoder: RecordDecoder): RecordReader {
  const cast = valueCast(source.declared, addedTo(source));
  return {
    prepare: (records) => decoder.prepare(values(records)),
    read(record, at, ingestedAt) {
      if (record.value === null) return unparseable('the record has no value (a tombstone)');
      const decoded = decoder.decode(record.value);
      if ('undecodable' in decoded)
        return { outcome: 'undecodable', reason: decoded.undecodable.slice(0, 200).replaceAll('\0', '') };
      const read = unlessTooDeep(() => {
        const result = cast(decoded.record);
        if (source.raw === true) result.row[RAW] = plainJson(decoded.record);
        return audited(result, record, at, ingestedAt);
      });
      return read ?? { outcome: 'undecodable', reason: 'the record is nested too deeply' };
    },
  };
}

/** Reads the rows of a table's own topic. */
export function rowReader(decoder: RowDecoder): RecordReader {
  return {
    prepare: (records) => decoder.prepare(values(records)),
    read(record) {
      const decoded = decoder.decode(record.value);
      return 'row' in decoded ? decoded : { outcome: 'undecodable', reason: decoded.undecodable };
    },
  };
}

function* values(records: readonly LogRecord[]): Generator<Buffer | null> {
  for (const record of records) yield record.value;
}

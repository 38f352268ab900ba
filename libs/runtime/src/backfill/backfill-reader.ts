import { isUtf8 } from 'node:buffer';
import { epochDay, type Instant, messageOf } from '@medallion/core';
import { FILE_AUDIT, RAW, type SourcePlan } from '@medallion/pipeline';
import { type AnyRow, type CastResult, jsonCast, textCast, valueCast } from '@medallion/schema';
import { fileColumns } from '../files/file-rows.ts';
import { rowValues } from '../files/row-text.ts';
import type { LogRecord, TopicPartition } from '../ports/index.ts';
import { HEADER } from '../protocol/trace.ts';
import { addedTo, audited, type Read, type RecordReader } from '../streaming/record-reader.ts';

type Source = Exclude<SourcePlan, { readonly kind: 'table' | 'snapshot' }>;

/**
 * Reads what a backfill brings to a flow whose records it does not simply repeat: rows of files, and anything for a flow that
 * reads files. The declared columns are cast as ever; a row names its file and row, or its topic and offset, as its place,
 * and its text, where the source keeps it, is that of the copy: JSON as it came, other formats as JSON.
 */
export function backfillReader(source: Source): RecordReader {
  const room = source.kind === 'files' ? fileColumns(source) : addedTo(source);
  const fromJson = jsonCast(source.declared, room);
  const fromText = textCast(source.declared, room);
  const fromValues = valueCast(source.declared, room);
  const castOf = ({ headers }: LogRecord, value: unknown, text: string): CastResult | null => {
    const cast = headers[HEADER.cast]?.toString();
    if (cast === 'values') return fromValues(rowValues(text, source.declared));
    return cast === 'text' ? fromText(value as Readonly<Record<string, string | null>>) : fromJson(value, () => text);
  };
  return {
    prepare: async () => {},
    read(record, at, ingestedAt) {
      const broken = record.headers[HEADER.broken];
      if (broken !== undefined) return unparseable(`${at.topic}, row ${record.offset}: ${broken.toString()}`);
      const { value } = record;
      if (value === null || !isUtf8(value)) return unparseable('the value is no UTF-8 text');
      const text = value.toString('utf8');
      try {
        const result = castOf(record, JSON.parse(text), text);
        if (result === null) return unparseable('the value is JSON, but no object');
        if (source.raw === true) result.row[RAW] = text;
        return source.kind === 'files'
          ? ofFile(result, record, at, ingestedAt)
          : audited(result, record, at, ingestedAt);
      } catch (error) {
        return unparseable(`the value is not JSON: ${messageOf(error).slice(0, 80).replaceAll('\0', '')}`);
      }
    },
  };
}

const unparseable = (reason: string): Read => ({ outcome: 'unparseable', reason });

function ofFile({ row, rescued }: CastResult, { offset }: LogRecord, at: TopicPartition, ingestedAt: Instant): Read {
  const found: AnyRow = row;
  found[FILE_AUDIT.rescued] = rescued;
  found[FILE_AUDIT.ingestedAt] = ingestedAt;
  found[FILE_AUDIT.ingestedOn] = epochDay(ingestedAt);
  found[FILE_AUDIT.file] = at.topic;
  found[FILE_AUDIT.row] = offset;
  return { row: found };
}

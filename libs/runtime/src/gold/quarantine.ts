import type { Instant } from '@medallion/core';
import type { LogRecord, QuarantinedRow, RowDecoder, TopicPartition } from '../ports/index.ts';
import type { Coordinate } from '../protocol/coordinates.ts';
import { originalHeaders, type Trace } from '../protocol/trace.ts';
import type { GoldInput } from './gold-input.ts';

/** A record of a quarantine topic as a row: the refused record with all that its flow said about it. */
export function quarantinedTrace(
  input: GoldInput,
  record: LogRecord,
  trace: Trace,
  { flow, index }: Coordinate,
): QuarantinedRow {
  return {
    table: input.table.name,
    outcome: trace.outcome,
    reason: trace.reason,
    violations: trace.violations,
    topic: trace.topic,
    partition: trace.partition,
    offset: trace.offset,
    flow,
    ...(index === 0 ? {} : { index }),
    recordedAt: trace.timestampMs as Instant,
    key: record.key,
    value: record.value,
    headers: originalHeaders(record.headers),
    row: readable(input.refused.get(flow) ?? null, record.value),
  };
}

/** A record of a table's topic that is no row of it. */
export const quarantinedUnreadable = (
  input: GoldInput,
  at: TopicPartition,
  record: LogRecord,
  reason: string,
  now: Instant,
): QuarantinedRow => refusedHere(input, at, record, 'undecodable', reason, now);

/** A record of an engine topic that no flow of this engine wrote. */
export const quarantinedForeign = (
  input: GoldInput,
  at: TopicPartition,
  record: LogRecord,
  now: Instant,
): QuarantinedRow =>
  refusedHere(
    input,
    at,
    record,
    'foreign',
    'the record has no source coordinate: no flow of this engine wrote it',
    now,
  );

/** A record whose content the store refuses. */
export const quarantinedUnstorable = (
  input: GoldInput,
  at: TopicPartition,
  record: LogRecord,
  reason: string,
  now: Instant,
): QuarantinedRow => refusedHere(input, at, record, 'unstorable', `Postgres refuses its content: ${reason}`, now);

function refusedHere(
  input: GoldInput,
  at: TopicPartition,
  record: LogRecord,
  outcome: QuarantinedRow['outcome'],
  reason: string,
  now: Instant,
): QuarantinedRow {
  return {
    table: input.table.name,
    outcome,
    reason: reason.replaceAll('\0', '\uFFFD'),
    violations: [],
    topic: at.topic,
    partition: at.partition,
    offset: record.offset,
    recordedAt: (record.timestampMs >= 0 ? record.timestampMs : now) as Instant,
    key: record.key,
    value: record.value,
    // What Postgres refused must not come back through the headers.
    headers: outcome === 'unstorable' ? {} : originalHeaders(record.headers),
    row: null,
  };
}

/** Values of more bytes are kept as bytes only. */
const READABLE_BYTES = 64 * 1024;

/** The refused record as JSON text, where it can be read. */
function readable(decoder: RowDecoder | null, value: Buffer | null): string | null {
  if (value === null || value.length > READABLE_BYTES) return null;
  if (decoder !== null) {
    const decoded = decoder.decode(value);
    return 'row' in decoded ? JSON.stringify(decoded.row) : null;
  }
  const text = value.toString('utf8');
  try {
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

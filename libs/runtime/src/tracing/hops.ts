import { isMedallionError, type Span, type SpanAttributes, type Tracer } from '@medallion/core';
import type { Headers, LogRecord, Offset, PartitionBatch, TopicPartition } from '../ports/index.ts';
import { fromTrace, warnedOf } from '../protocol/trace.ts';
import { parseTraceparent, TRACEPARENT } from './traceparent.ts';

/** Who processes the records of an input, as spans say it. */
export type HopParts = {
  readonly tracer: Tracer;
  readonly pipeline: string;
  readonly table: string;
  readonly flow: string;
  readonly group: string;
  /**
   * What becomes of a record that came with a context: `goes on`, a child of it; `again`, a trace of its own with a link to
   * it, as what was refused may be sent again days later.
   */
  readonly context: 'goes on' | 'again';
  /** Whether records that nobody follows may be followed from here on. */
  readonly begins: boolean;
};

/** The spans of the followed records of a batch, by their offsets. */
export type Hops = ReadonlyMap<Offset, Span>;

export const NO_HOPS: Hops = new Map();

/** Begins a span for each record of the batch that is to be followed. A header that is no `traceparent` is as none. */
export function beginHops(batch: PartitionBatch, parts: HopParts): Hops {
  let hops: Map<Offset, Span> | null = null;
  for (const record of batch.records) {
    const span = begin(record, batch, parts);
    if (span === null) continue;
    hops ??= new Map();
    hops.set(record.offset, span);
  }
  return hops ?? NO_HOPS;
}

function begin(record: LogRecord, at: TopicPartition, parts: HopParts): Span | null {
  const { tracer, context } = parts;
  const header = record.headers[TRACEPARENT];
  const parent = header === undefined ? null : parseTraceparent(header);
  if (parent === null ? !parts.begins || !tracer.begins() : !tracer.follows(parent)) return null;
  const again = context === 'again' && parent !== null;
  return tracer.start({
    name: `process ${at.topic}`,
    kind: 'consumer',
    parent: again ? null : parent,
    links: again ? [parent] : [],
    attributes: attributesOf(record, at, parts),
  });
}

const attributesOf = (
  { offset }: LogRecord,
  { topic, partition }: TopicPartition,
  { pipeline, table, flow, group }: HopParts,
): SpanAttributes => ({
  'messaging.system': 'kafka',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': topic,
  'messaging.destination.partition.id': String(partition),
  'messaging.kafka.offset': offset,
  'messaging.consumer.group.name': group,
  'medallion.pipeline': pipeline,
  'medallion.table': table,
  'medallion.flow': flow,
});

/** Says which warn rules a row broke that is in its table all the same. */
export function sayWarned(span: Span, headers: Headers): void {
  const rules = warnedOf(headers);
  if (rules.length > 0) span.event('medallion.warned', { 'medallion.rules': rules });
}

/**
 * Says why a record is in quarantine, by the headers of what it left there; the outcome, or null where they say nothing. By
 * names alone: reasons may quote what was in the record.
 */
export function sayRefused(span: Span, headers: Headers): string | null {
  const trace = fromTrace(headers);
  if (trace === null) return null;
  const rules = trace.violations.map(({ expectation }) => expectation);
  span.event('medallion.refused', { 'medallion.outcome': trace.outcome, 'medallion.rules': rules });
  return trace.outcome;
}

/** Ends a span with what became of its record. */
export function endHop(span: Span, outcome: string): void {
  span.set({ 'medallion.outcome': outcome });
  span.end();
}

/** What a span says of an error: its code, or its name; never its message, which may quote the data. */
export const codeOf = (error: unknown): string =>
  isMedallionError(error) ? error.code : error instanceof Error ? error.name : 'unknown';

import { messageOf } from '@medallion/core';
import type { FlowPlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { Headers, LogRecord, OutRecord, RowEncoder, TopicPartition } from '../ports/index.ts';
import { formatCoordinate, SRC } from '../protocol/coordinates.ts';
import { inTerm } from '../protocol/fence.ts';
import { HEADER, MAX_RECORD_BYTES, type Refusal, toTrace } from '../protocol/trace.ts';

/** Why a row cannot be a record. */
type Unwritten = { readonly refusal: Refusal };

/** Makes records of what became of the records of one input partition: rows and traces, each with its coordinate (P2). */
export class RowWriter {
  readonly #flow: FlowPlan;
  readonly #at: TopicPartition;
  readonly #encoder: RowEncoder;
  /** Of a flow that fences its outputs. */
  readonly #term: number | undefined;

  constructor(flow: FlowPlan, at: TopicPartition, encoder: RowEncoder, term: number | undefined) {
    this.#flow = flow;
    this.#at = at;
    this.#encoder = encoder;
    this.#term = term;
  }

  /** The row as a record, or why it cannot be one. */
  row(row: AnyRow, record: LogRecord, index: number, warned: readonly string[]): OutRecord | Unwritten {
    const value = this.#encoded(row);
    if (typeof value === 'string') return { refusal: { ...unread('derive_failed', value), judged: true, warned } };
    const src = this.#src(record, index);
    const headers: Headers = warned.length === 0 ? { [SRC]: src } : { [SRC]: src, [HEADER.warned]: warned.join(',') };
    return inTerm({ key: record.key, value, headers }, this.#term);
  }

  trace(record: LogRecord, index: number, refusal: Refusal): OutRecord {
    return inTerm(toTrace(record, this.#at, this.#src(record, index), refusal), this.#term);
  }

  #encoded(row: AnyRow): Buffer | string {
    try {
      const value = this.#encoder.encode(row);
      return value.length <= MAX_RECORD_BYTES ? value : `the row needs ${value.length} bytes of ${MAX_RECORD_BYTES}`;
    } catch (error) {
      return `the row cannot be encoded: ${messageOf(error).slice(0, 80)}`;
    }
  }

  #src(record: LogRecord, index: number): string {
    return formatCoordinate(this.#flow.name, this.#at.partition, record.offset, index);
  }
}

/** The refusal of a record before its rules were judged. */
export const unread = (outcome: Refusal['outcome'], reason: string): Refusal => ({
  outcome,
  reason,
  violations: [],
  judged: false,
  warned: [],
});

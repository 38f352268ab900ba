import { type Instant, MedallionError, messageOf } from '@medallion/core';
import type { FlowPlan, StreamingTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type {
  Headers,
  LogRecord,
  Offset,
  OutRecord,
  PartitionBatch,
  RowEncoder,
  TopicPartition,
} from '../ports/index.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import { type Coordinates, coordinateOf, formatCoordinate, SRC } from '../protocol/coordinates.ts';
import { HEADER, MAX_RECORD_BYTES, type Refusal, toTrace } from '../protocol/trace.ts';
import type { RecordReader } from './record-reader.ts';
import { RowSteps } from './row-steps.ts';

/** What a batch of input became. Counts are for live metrics only. */
export type BatchResult = {
  readonly rows: readonly OutRecord[];
  readonly traces: readonly OutRecord[];
  readonly tally: Tally;
  /** The record at which an `expectOrFail` stopped the flow: everything before it was processed, nothing from it on. */
  readonly failure: MedallionError | null;
};

/** Live counts of a batch. */
export type Tally = {
  records: number;
  repeated: number;
  refused: Map<string, number>;
  failed: Map<string, number>;
  judged: number;
};

/** What a task is made of beside its plan. */
export type TaskParts = { readonly reader: RecordReader; readonly encoder: RowEncoder };

/**
 * One flow of a streaming table over one partition of its input: reader → steps → encoder. Deterministic: the same records from
 * the same position give the same rows (SPEC P5). It changes its state as it goes, so after a batch whose output was
 * not acknowledged it must be thrown away.
 */
export class TableTask {
  readonly #table: StreamingTablePlan;
  readonly #flow: FlowPlan;
  readonly #parts: TaskParts;
  readonly #at: TopicPartition;
  readonly #steps: RowSteps;
  readonly #coordinates: Coordinates;
  #next: Offset;

  constructor(table: StreamingTablePlan, flow: FlowPlan, parts: TaskParts, at: TopicPartition, position: FlowPosition) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
    this.#at = at;
    this.#steps = new RowSteps(flow.steps, table.eventTime, position.watermark);
    this.#coordinates = position.coordinates;
    this.#next = position.next;
  }

  /** Processes records that follow the position. `prepare` of the reader must have seen them. */
  process(batch: PartitionBatch, ingestedAt: Instant): BatchResult {
    const rows: OutRecord[] = [];
    const traces: OutRecord[] = [];
    const tally: Tally = {
      records: batch.records.length,
      repeated: 0,
      refused: new Map(),
      failed: new Map(),
      judged: 0,
    };
    const result = { rows, traces, tally };
    for (const record of batch.records) {
      const failure = this.#record(record, ingestedAt, result);
      if (failure !== null) return { ...result, failure };
      this.#next = record.offset + 1;
    }
    return { ...result, failure: null };
  }

  /** The rows of the last batch were written from this offset of the table's own partition on. */
  written(offset: Offset): void {
    this.#steps.written(offset);
  }

  /** Takes rows of the table's own partition into the state again: those that were made of records before the position. */
  restore(records: readonly LogRecord[], rowOf: (record: LogRecord) => AnyRow | null): void {
    for (const record of records) {
      const coordinate = coordinateOf(record);
      if (coordinate === null || coordinate.flow !== this.#table.name) continue;
      if (coordinate.partition !== this.#at.partition || coordinate.offset >= this.#next) continue;
      const row = rowOf(record);
      if (row !== null) this.#steps.restore(row);
      this.#steps.written(record.offset);
    }
  }

  /** Where this task is: all that a new one needs to go on. */
  position(): FlowPosition {
    return {
      next: this.#next,
      watermark: this.#steps.watermark,
      coordinates: this.#coordinates,
      restoreFrom: this.#steps.restoreFrom(),
    };
  }

  /** Entries of keyed state. */
  get entries(): number {
    return this.#steps.entries;
  }

  /** The row as bytes, or why it cannot be one. */
  #encoded(row: AnyRow): Buffer | string {
    try {
      const value = this.#parts.encoder.encode(row);
      return value.length <= MAX_RECORD_BYTES ? value : `the row needs ${value.length} bytes of ${MAX_RECORD_BYTES}`;
    } catch (error) {
      return `the row cannot be encoded: ${messageOf(error).slice(0, 80)}`;
    }
  }

  #record(record: LogRecord, ingestedAt: Instant, result: Written): MedallionError | null {
    if (this.#flow.source.kind === 'table') {
      const coordinate = coordinateOf(record);
      if (coordinate === null) {
        const reason = 'the record has no source coordinate: no flow of this engine wrote it';
        return this.#refuse(record, result, unread('foreign', reason));
      }
      if (!this.#coordinates.advance(coordinate)) {
        result.tally.repeated++;
        return null;
      }
    }
    const read = this.#parts.reader.read(record, this.#at, ingestedAt);
    if (!('row' in read)) return this.#refuse(record, result, unread(read.outcome, read.reason));
    const stepped = this.#steps.apply(read.row);
    switch (stepped.kind) {
      case 'refused':
        return this.#refuse(record, result, stepped.refusal);
      case 'filtered':
        return null;
      case 'failed':
        return new MedallionError('MED_EXPECTATION_FAILED', {
          table: this.#table.name,
          ...this.#at,
          offset: record.offset,
          rules: stepped.rules.join(', '),
        });
      case 'kept':
        return this.#keep(record, result, read.row, stepped.warned);
    }
  }

  #keep(record: LogRecord, { rows, traces, tally }: Written, row: AnyRow, warned: readonly string[]): null {
    const value = this.#encoded(row);
    if (typeof value === 'string')
      return this.#refuse(record, { rows, traces, tally }, { ...unread('derive_failed', value), judged: true, warned });
    this.#steps.keep(row);
    const src = this.#src(record);
    const headers: Headers = warned.length === 0 ? { [SRC]: src } : { [SRC]: src, [HEADER.warned]: warned.join(',') };
    rows.push({ key: record.key, value, headers });
    tally.judged++;
    for (const name of warned) count(tally.failed, name);
    return null;
  }

  #refuse(record: LogRecord, { traces, tally }: Written, refusal: Refusal): null {
    traces.push(toTrace(record, this.#at, this.#src(record), refusal));
    count(tally.refused, refusal.outcome);
    if (refusal.judged) tally.judged++;
    // A violation of a warn rule is named in both lists.
    const failed = new Set([...refusal.violations.map(({ expectation }) => expectation), ...refusal.warned]);
    for (const name of failed) count(tally.failed, name);
    return null;
  }

  #src(record: LogRecord): string {
    return formatCoordinate(this.#flow.name, this.#at.partition, record.offset, 0);
  }
}

/** What a batch has become so far. */
type Written = { readonly rows: OutRecord[]; readonly traces: OutRecord[]; readonly tally: Tally };

const unread = (outcome: Refusal['outcome'], reason: string): Refusal => ({
  outcome,
  reason,
  violations: [],
  judged: false,
  warned: [],
});

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

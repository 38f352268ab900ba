import { assertNever, type Instant, MedallionError } from '@medallion/core';
import type { FlowPlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { LogRecord, Offset, OutRecord, PartitionBatch, TopicPartition } from '../ports/index.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import { Coordinates, coordinateOf } from '../protocol/coordinates.ts';
import type { Appended } from '../protocol/fence.ts';
import type { Refusal } from '../protocol/trace.ts';
import type { Fate, KnownFates, Settled } from './fates.ts';
import type { BatchResult, FlowTask, Tally, TaskParts, TaskTable } from './flow-task.ts';
import { RowSteps } from './row-steps.ts';
import { RowWriter, unread } from './row-writer.ts';
import type { Stepped } from './step.ts';
import { brokenIn, count, newTally } from './tally.ts';
import { Thresholds } from './thresholds.ts';

export type { BatchResult, FlowTask, RowSink, Tally, TaskParts, TaskTable } from './flow-task.ts';

/**
 * One flow of a table over one partition of its input: reader → steps → encoder. Deterministic: the same records from
 * the same position give the same rows (SPEC P5). It changes its state as it goes, so after a batch whose output was
 * not acknowledged it must be thrown away.
 */
export class TableTask implements FlowTask {
  readonly #table: TaskTable;
  readonly #flow: FlowPlan;
  readonly #parts: TaskParts;
  readonly #at: TopicPartition;
  readonly #steps: RowSteps;
  readonly #writer: RowWriter;
  readonly #coordinates: Coordinates;
  readonly #thresholds: Thresholds | null;
  #next: Offset;
  /** Where the output of the last appended batch ended. */
  #outputs: { readonly rows: Offset; readonly traces: Offset };
  /** What became of records that it is not past yet. */
  #fates: KnownFates | null;
  /** Where it would have to look for them again. */
  readonly #fatesFrom: Pick<FlowPosition, 'outputs' | 'term'>;
  /** The terms of rows of the table's own partition that were taken into the state again. */
  readonly #restoredTerms = new Coordinates();

  constructor(table: TaskTable, flow: FlowPlan, parts: TaskParts, at: TopicPartition, position: FlowPosition) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
    this.#at = at;
    this.#steps = new RowSteps(flow.steps, table.eventTime, position.watermark, parts.tables);
    this.#coordinates = position.coordinates;
    this.#writer = new RowWriter(flow, at, parts.encoder, parts.fates?.term?.number);
    this.#thresholds = Thresholds.of(flow, position.thresholds ?? {});
    this.#next = position.next;
    this.#outputs = position.outputs ?? { rows: 0, traces: 0 };
    this.#fates = parts.fates ?? null;
    const { outputs, term } = position;
    this.#fatesFrom = { ...(outputs === undefined ? {} : { outputs }), ...(term === undefined ? {} : { term }) };
  }

  /** Processes records that follow the position. `prepare` of the reader must have seen them. */
  process(batch: PartitionBatch, ingestedAt: Instant): BatchResult {
    const rows: OutRecord[] = [];
    const traces: OutRecord[] = [];
    const tally = newTally(batch.records.length);
    const result = { rows, traces, tally };
    let failure: MedallionError | null = null;
    for (const record of batch.records) {
      failure = this.#record(record, ingestedAt, result);
      if (failure !== null) break;
      this.#next = record.offset + 1;
    }
    if (this.#fates !== null && this.#next > this.#fates.end) this.#fates = null;
    tally.unmatched = this.#steps.takeUnmatched();
    return { ...result, failure };
  }

  advanceTo(offset: Offset): void {
    this.#next = Math.max(this.#next, offset);
  }

  /** The rows of the last batch were written from this offset of the table's own partition on. */
  written(offset: Offset): boolean {
    this.#steps.written(offset);
    return true;
  }

  async appended(rows: Appended | null, traces: Appended | null): Promise<boolean> {
    this.#outputs = { rows: rows?.end ?? this.#outputs.rows, traces: traces?.end ?? this.#outputs.traces };
    const term = this.#parts.fates?.term;
    if (term === undefined) return true;
    const hold = rows === null || (await term.holds(0, rows));
    return hold && (traces === null || (await term.holds(1, traces)));
  }

  /** Takes rows of the table's own partition into the state again: those that were made of records before the position. */
  restore(records: readonly LogRecord[], rowOf: (record: LogRecord) => AnyRow | null): void {
    for (const record of records) {
      const coordinate = coordinateOf(record);
      // What was written in a term that was over is no part of the state (P10). The first record that is read here stood, so
      // terms are told from it on. A repetition is a part: where two instances wrote at a time, what stands of a record may
      // be before the place from which this is read, among what the other one wrote (D6).
      if (coordinate === null || !this.#restoredTerms.isInTerm(coordinate)) continue;
      if (coordinate.flow === this.#flow.name) {
        if (coordinate.partition !== this.#at.partition || coordinate.offset >= this.#next) continue;
      } else if (coordinate.flow !== this.#parts.redriven?.original) continue;
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
      ...(this.#thresholds === null ? {} : { thresholds: this.#thresholds.counts() }),
      ...(this.#parts.fates === undefined ? {} : this.#written()),
    };
  }

  /** Where what was written of records behind the position is, and in which term. */
  #written(): Pick<FlowPosition, 'outputs' | 'term'> {
    if (this.#fates !== null) return this.#fatesFrom;
    const term = this.#parts.fates?.term?.number;
    return { outputs: this.#outputs, ...(term === undefined ? {} : { term }) };
  }

  /** Entries of keyed state. */
  get entries(): number {
    return this.#steps.entries;
  }

  #record(record: LogRecord, ingestedAt: Instant, result: Written): MedallionError | null {
    if (this.#flow.source.kind !== 'table' && this.#parts.redriven === undefined)
      return this.#counted(record, ingestedAt, result);
    const coordinate = coordinateOf(record);
    if (coordinate === null) {
      const reason = 'the record has no source coordinate: no flow of this engine wrote it';
      this.#parts.counts?.read();
      return this.#refuse(record, 0, result, unread('foreign', reason));
    }
    if (!this.#coordinates.isNew(coordinate)) {
      // A fence is never new, and to be known.
      this.#coordinates.advance(coordinate);
      result.tally.repeated++;
      return null;
    }
    const failure = this.#counted(record, ingestedAt, result);
    // A record that stopped the flow is not done with: it must be new again when it is tried again.
    if (failure === null) this.#coordinates.advance(coordinate);
    return failure;
  }

  /** A record, unless so much of a rule was broken before it that the flow stops here (F9). */
  #counted(record: LogRecord, ingestedAt: Instant, result: Written): MedallionError | null {
    const thresholds = this.#thresholds;
    if (thresholds !== null) {
      const exceeded = thresholds.exceeded();
      if (exceeded !== null && this.#parts.resumed?.(this.#at, record.offset) !== true)
        return new MedallionError('MED_THRESHOLD_EXCEEDED', {
          table: this.#table.name,
          flow: this.#flow.name,
          ...this.#at,
          offset: record.offset,
          ...exceeded,
        });
      thresholds.forgive();
      thresholds.advance(record.timestampMs);
    }
    const failure = this.#read(record, ingestedAt, result);
    if (failure === null) this.#parts.counts?.read();
    return failure;
  }

  #read(record: LogRecord, ingestedAt: Instant, result: Written): MedallionError | null {
    const read = this.#parts.reader.read(record, this.#at, ingestedAt);
    if (!('row' in read)) return this.#refuse(record, 0, result, unread(read.outcome, read.reason));
    if (this.#steps.explodes) return this.#elements(record, read.row, result);
    return this.#settle(record, 0, read.row, this.#steps.apply(read.row), result);
  }

  /** The rows that a record becomes, numbered as they leave the steps: for one `explode` by their element (X2). */
  #elements(record: LogRecord, row: AnyRow, result: Written): MedallionError | null {
    // Of elements that did not fail before, no second row comes (R5).
    const only = this.#parts.redriven?.elementOf(record) ?? null;
    // All or nothing of a record (X4): what stops the flow, or skips the record, has to be known before state moves.
    if (this.#steps.mayFail && this.#fates === null && only === null)
      for (const { stepped } of this.#steps.applyEach({ ...row }))
        if (stepped.kind === 'failed') return this.#settle(record, 0, row, stepped, result);
    const { rows, traces } = result;
    const before = [rows.length, traces.length] as const;
    let index = 0;
    for (const each of this.#steps.applyEach(row)) {
      const at = index++;
      if (only !== null && at !== only) continue;
      const failure = this.#settle(record, at, each.row, each.stepped, result);
      if (failure === null) continue;
      // A repetition within the record broke a rule, which only state tells.
      [rows.length, traces.length] = before;
      return failure;
    }
    return null;
  }

  #settle(record: LogRecord, index: number, row: AnyRow, stepped: Stepped, result: Written): MedallionError | null {
    const fate = this.#fates?.of(record.offset, index) ?? null;
    switch (fate?.kind) {
      case 'kept':
      case 'done':
        return this.#settled(fate, result);
      case 'not kept':
        // A row now, that a reader would skip.
        if (stepped.kind === 'kept') return this.#refuse(record, index, result, unread('derive_failed', UNSETTLED));
        break;
      case 'not refused':
        if (stepped.kind === 'failed') return this.#refuse(record, index, result, stepped.refusal);
    }
    switch (stepped.kind) {
      case 'kept':
        return this.#keep(record, index, result, row, stepped.warned);
      case 'refused':
        return this.#refuse(record, index, result, stepped.refusal);
      case 'filtered':
        result.tally.filtered++;
        if (this.#parts.counts === undefined) return null;
        // Where such rows leave a count, their rules do.
        if (stepped.judged) result.tally.judged++;
        for (const name of stepped.warned) count(result.tally.failed, name);
        this.#count({ ...stepped, outcome: 'filtered', violations: [] });
        return null;
      case 'failed': {
        const decided = this.#parts.skipped?.(this.#at, record.offset) ?? null;
        if (decided !== null)
          return this.#refuse(record, index, result, {
            ...stepped.refusal,
            reason: `${stepped.refusal.reason}; ${decided}`,
            decided,
          });
        return new MedallionError('MED_EXPECTATION_FAILED', {
          table: this.#table.name,
          flow: this.#flow.name,
          ...this.#at,
          offset: record.offset,
          rules: stepped.rules.join(', '),
        });
      }
      default:
        return assertNever(stepped, 'verdict');
    }
  }

  /** A row that was settled before the flow ended last: it stays what it was, whatever it would be now (P9). */
  #settled(fate: Extract<Fate, { kind: 'kept' | 'done' }>, result: Written): null {
    if (fate.kind === 'kept') {
      this.#steps.keep(fate.row);
      this.#steps.written(fate.at);
    }
    if (fate.settled !== null) this.#count(fate.settled);
    result.tally.repeated++;
    return null;
  }

  /** Counts that are part of the position: those of what was settled before are missing in it. */
  #count({ outcome, ...settled }: Settled): void {
    this.#parts.counts?.ended(outcome, settled);
    if (!settled.judged) return;
    const broken = brokenIn(settled);
    this.#thresholds?.count((rule) => broken.has(rule));
  }

  #keep(
    record: LogRecord,
    index: number,
    { rows, traces, tally }: Written,
    row: AnyRow,
    warned: readonly string[],
  ): null {
    const { sink } = this.#parts;
    const made = sink === undefined ? this.#writer.row(row, record, index, warned) : sink(row, record, warned);
    if ('refusal' in made) return this.#refuse(record, index, { rows, traces, tally }, made.refusal);
    this.#steps.keep(row);
    if ('records' in made) rows.push(...made.records);
    else rows.push(made);
    tally.judged++;
    this.#thresholds?.count((rule) => warned.includes(rule));
    for (const name of warned) count(tally.failed, name);
    return null;
  }

  #refuse(record: LogRecord, index: number, { traces, tally }: Written, refusal: Refusal): null {
    if (this.#fates?.of(record.offset, index)?.kind === 'not refused') {
      // It passed before, and did nothing: what it did would be known.
      this.#count({ ...refusal, outcome: 'unchanged', violations: [] });
      tally.repeated++;
      return null;
    }
    traces.push(this.#writer.trace(record, index, refusal));
    count(tally.refused, refusal.outcome);
    if (refusal.judged) tally.judged++;
    this.#count(refusal);
    for (const name of brokenIn(refusal)) count(tally.failed, name);
    return null;
  }
}

const UNSETTLED = 'before a restart it was no row of the table, for a reason that is gone: send it again';

/** What a batch has become so far. */
type Written = { readonly rows: OutRecord[]; readonly traces: OutRecord[]; readonly tally: Tally };

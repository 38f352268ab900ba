import { type DurationMs, type Instant, instant } from '@medallion/core';
import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { LogRecord, Offset, OutRecord, PartitionBatch, RowEncoder, TopicPartition } from '../ports/index.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import { formatCoordinate } from '../protocol/coordinates.ts';
import type { Appended } from '../protocol/fence.ts';
import { type KeyedOutcome, type Ledger, toLedgerRecord } from '../protocol/ledger.ts';
import { MAX_RECORD_BYTES, type Refusal } from '../protocol/trace.ts';
import { short } from '../streaming/step.ts';
import { type BatchResult, type FlowTask, type RowSink, TableTask, type TaskParts } from '../streaming/table-task.ts';
import type { ChangelogWriter } from './changelog-writer.ts';
import { FlowCounts } from './flow-counts.ts';
import type { KeyedFates } from './keyed-fates.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { KeyedState } from './keyed-state.ts';

const FORGET_EVERY_MS = 3_600_000;

/** What a keyed task is made of beside its plan. */
export type KeyedTaskParts = Omit<TaskParts, 'encoder' | 'sink' | 'fates' | 'counts'> & {
  readonly encoder: RowEncoder;
  readonly rows: KeyedRows;
  readonly state: KeyedState;
  readonly writer: ChangelogWriter;
  readonly fates: KeyedFates;
};

/**
 * The flow of a keyed table over one partition of its input: reader → steps → changes of the state → records of the
 * changelog. A change that the state knows already, as after a restart, makes no record (K4).
 *
 * What it writes ends with a ledger: how far it is, and what it has counted. It goes on from its last ledger, which is
 * never behind its checkpoint (L1).
 */
export class KeyedTask implements FlowTask {
  readonly #flow: string;
  readonly #partition: number;
  readonly #parts: KeyedTaskParts;
  readonly #counts: FlowCounts;
  /** Where the traces of the last batch ended. */
  #traces: Offset;
  /** Where they began that are behind the last ledger. */
  readonly #from: Pick<Ledger, 'traces' | 'term'>;
  /** What the last ledger says. */
  #settled: Offset | null;
  /** Fates that it is not past yet: until then their traces are where they were. */
  #fatesEnd: Offset;
  readonly #task: TableTask;
  readonly #tombstoneRetentionMs: DurationMs;
  #now: Instant = instant(0);
  #forgetDue = 0;

  constructor(
    table: KeyedTablePlan,
    flow: FlowPlan,
    parts: KeyedTaskParts,
    at: TopicPartition,
    position: FlowPosition,
  ) {
    const { ledger } = parts.fates;
    this.#flow = flow.name;
    this.#partition = at.partition;
    this.#parts = parts;
    this.#tombstoneRetentionMs = table.tombstoneRetentionMs;
    this.#counts = new FlowCounts(flow, ledger?.totals);
    this.#traces = ledger?.traces ?? 0;
    this.#settled = ledger?.next ?? null;
    this.#from = { traces: this.#traces, ...(ledger?.term === undefined ? {} : { term: ledger.term }) };
    this.#fatesEnd = parts.fates.end;
    const target = { name: table.name, eventTime: null };
    const taskParts = { ...parts, sink: this.#sink, counts: this.#counts };
    this.#task = new TableTask(target, flow, taskParts, at, ledgerPosition(ledger, position));
  }

  process(batch: PartitionBatch, ingestedAt: Instant): BatchResult {
    this.#now = ingestedAt;
    if (ingestedAt >= this.#forgetDue) {
      this.#forgetDue = ingestedAt + FORGET_EVERY_MS;
      this.#parts.state.forget(instant(ingestedAt - this.#tombstoneRetentionMs));
    }
    const { writer, fates } = this.#parts;
    // Where verdicts may be others next time, a ledger speaks of no record whose trace is not written yet (L3).
    const before = fates.term === undefined || this.#isClosed() ? null : this.#ledger();
    const behind = before === null ? null : toLedgerRecord(before);
    const result = this.#task.process(batch, ingestedAt);
    if (result.rows.length === 0) return result;
    if (fates.term === undefined) return { ...result, after: [this.#close()] };
    if (before === null || behind === null) return result;
    this.#settled = before.next;
    return { ...result, after: [writer.again(behind)] };
  }

  /** A ledger of what made no change. */
  closing(): readonly OutRecord[] {
    return this.#isClosed() ? [] : [this.#close()];
  }

  #close(): OutRecord {
    const ledger = this.#ledger();
    this.#settled = ledger.next;
    return this.#parts.writer.ledger(ledger);
  }

  #isClosed(): boolean {
    return this.#task.position().next === this.#settled;
  }

  async appended(_rows: Appended | null, traces: Appended | null): Promise<boolean> {
    this.#traces = traces?.end ?? this.#traces;
    const { term } = this.#parts.fates;
    return traces === null || term === undefined || term.holds(0, traces);
  }

  written(offset: Offset): Promise<boolean> {
    return this.#parts.writer.stand(offset);
  }

  /** All that is settled now. */
  #ledger(): Ledger {
    const { next, coordinates, thresholds } = this.#task.position();
    const { term } = this.#parts.fates;
    const traces = { traces: this.#traces, ...(term === undefined ? {} : { term: term.number }) };
    return {
      ...{ flow: this.#flow, next, coordinates, totals: this.#counts.totals() },
      ...(next > this.#fatesEnd ? traces : this.#from),
      ...(thresholds === undefined ? {} : { thresholds }),
    };
  }

  /** With the end of the changelog, before which it must not end again; the ledger says where the traces are. */
  position(): FlowPosition {
    const { outputs: _, term: __, ...position } = this.#task.position();
    return { ...position, restoreFrom: this.#parts.writer.end };
  }

  advanceTo(offset: Offset): void {
    this.#task.advanceTo(offset);
  }

  get entries(): number {
    return this.#parts.state.size;
  }

  /** Whether nobody else has written to its partition of the changelog. */
  stands(): Promise<boolean> {
    return this.#parts.writer.isAlone();
  }

  #sink: RowSink = (row: AnyRow, record: LogRecord, warned: readonly string[]) => {
    const { rows, state, writer, encoder } = this.#parts;
    const violations = rows.violations(row);
    if (violations.length > 0) {
      const names = violations.map(({ expectation }) => expectation).join(', ');
      return refused('violation', `broke ${names}`, warned, violations);
    }
    const sequence = rows.sequenceOf(row);
    let own: AnyRow | null;
    try {
      own = rows.deletes(row) ? null : rows.own(row, sequence);
    } catch (error) {
      return refused('derive_failed', `the condition of deletes threw: ${short(error)}`, warned);
    }
    const value = own === null ? null : encoded(encoder, own);
    if (typeof value === 'string') return refused('derive_failed', value, warned);
    const change = { key: rows.keyOf(row), sequence, row: own, encoded: value };
    const entries = state.apply(change, this.#now);
    let outcome: KeyedOutcome = own === null ? 'deleted' : 'accepted';
    if (entries.length === 0) outcome = state.repeats(change) ? 'unchanged' : 'superseded';
    this.#counts.ended(outcome, { judged: true, warned, violations: [] });
    const from = formatCoordinate(this.#flow, this.#partition, record.offset, 0);
    return { records: writer.records(entries, from, warned) };
  };
}

/** The ledger's position: it stands with the changes that it speaks of, and the checkpoint is stored after it. */
function ledgerPosition(ledger: Ledger | null, position: FlowPosition): FlowPosition {
  if (ledger === null || ledger.next < position.next) return position;
  const { next, coordinates, thresholds } = ledger;
  const { thresholds: _, ...rest } = position;
  return { ...rest, next, coordinates, ...(thresholds === undefined ? {} : { thresholds }) };
}

/** A row of the changelog as bytes, or why it cannot be one. */
export function encoded(encoder: RowEncoder, row: AnyRow): Buffer | string {
  try {
    const value = encoder.encode(row);
    return value.length <= MAX_RECORD_BYTES ? value : `the row needs ${value.length} bytes of ${MAX_RECORD_BYTES}`;
  } catch (error) {
    return `the row cannot be encoded: ${short(error)}`;
  }
}

/** The end of a row that its steps kept, and its table cannot. */
export const refused = (
  outcome: Refusal['outcome'],
  reason: string,
  warned: readonly string[],
  violations: Refusal['violations'] = [],
): { readonly refusal: Refusal } => ({ refusal: { outcome, reason, violations, judged: true, warned } });

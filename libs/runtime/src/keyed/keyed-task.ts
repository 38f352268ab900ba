import { type DurationMs, type Instant, instant } from '@medallion/core';
import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { LogRecord, Offset, PartitionBatch, RowEncoder, TopicPartition } from '../ports/index.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import { MAX_RECORD_BYTES, type Refusal } from '../protocol/trace.ts';
import { short } from '../streaming/step.ts';
import { type BatchResult, type FlowTask, type RowSink, TableTask, type TaskParts } from '../streaming/table-task.ts';
import type { ChangelogWriter } from './changelog-writer.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { KeyedState } from './keyed-state.ts';

const FORGET_EVERY_MS = 3_600_000;

/** What a keyed task is made of beside its plan. */
export type KeyedTaskParts = Omit<TaskParts, 'encoder' | 'sink'> & {
  readonly encoder: RowEncoder;
  readonly rows: KeyedRows;
  readonly state: KeyedState;
  readonly writer: ChangelogWriter;
};

/**
 * The flow of a keyed table over one partition of its input: reader → steps → changes of the state → records of the
 * changelog. A change that the state knows already, as after a restart, makes no record (K4).
 */
export class KeyedTask implements FlowTask {
  readonly #parts: KeyedTaskParts;
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
    this.#parts = parts;
    this.#tombstoneRetentionMs = table.tombstoneRetentionMs;
    const target = { name: table.name, eventTime: null };
    this.#task = new TableTask(target, flow, { ...parts, sink: this.#sink }, at, position);
  }

  process(batch: PartitionBatch, ingestedAt: Instant): BatchResult {
    this.#now = ingestedAt;
    if (ingestedAt >= this.#forgetDue) {
      this.#forgetDue = ingestedAt + FORGET_EVERY_MS;
      this.#parts.state.forget(instant(ingestedAt - this.#tombstoneRetentionMs));
    }
    return this.#task.process(batch, ingestedAt);
  }

  written(offset: Offset): Promise<boolean> {
    return this.#parts.writer.stand(offset);
  }

  /** With the end of the changelog, before which it must not end again. */
  position(): FlowPosition {
    return { ...this.#task.position(), restoreFrom: this.#parts.writer.end };
  }

  get entries(): number {
    return this.#parts.state.size;
  }

  /** Whether nobody else has written to its partition of the changelog. */
  stands(): Promise<boolean> {
    return this.#parts.writer.isAlone();
  }

  #sink: RowSink = (row: AnyRow, _record: LogRecord, warned: readonly string[]) => {
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
    const entries = state.apply({ key: rows.keyOf(row), sequence, row: own, encoded: value }, this.#now);
    return { records: writer.records(entries, warned) };
  };
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

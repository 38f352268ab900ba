import type { DurationMs } from '@medallion/core';
import type { AnyRow, Field, Value } from '@medallion/schema';
import type { ExpectationPlan, RulePlan } from './plan-rules.ts';

/** A column computed from a row. */
export type DerivedColumnPlan = { readonly field: Field; readonly compute: (row: AnyRow) => Value | undefined };

/** What is done to each row of a streaming table, in this order. */
export type StepPlan =
  /** All rules are judged before one verdict. */
  | { readonly kind: 'judge'; readonly expectations: readonly ExpectationPlan[] }
  /** Quarantines rows from the future, and moves the watermark. */
  | {
      readonly kind: 'event_time';
      readonly column: string;
      readonly watermarkDelayMs: DurationMs;
      readonly maxFutureSkewMs: DurationMs;
    }
  /**
   * Finds a row whose `by` value was seen within `withinMs` of event time. It is a duplicate, or breaks the rule where
   * there is one: with `warn` it is kept.
   */
  | { readonly kind: 'dedupe'; readonly by: string; readonly withinMs: DurationMs; readonly rule?: RulePlan }
  | { readonly kind: 'derive'; readonly columns: readonly DerivedColumnPlan[] }
  /** Leaves columns out of the stored row. */
  | { readonly kind: 'omit'; readonly columns: readonly string[] }
  /** Keeps the rows that pass; the others leave a count and no trace, as a view's rows do. */
  | { readonly kind: 'where'; readonly text: string; readonly test: (row: AnyRow) => boolean }
  /** Makes a row of each element of a list column; the row's other columns are repeated. An empty list or null makes none. */
  | {
      readonly kind: 'explode';
      readonly column: string;
      /** Columns of the element → columns of the row. */
      readonly fields: readonly { readonly from: string; readonly field: Field }[];
      /** The column that counts the elements from 0; null for none. */
      readonly position: string | null;
    }
  | JoinPlan;

/** A stream joined with a keyed table, as the table is known when the row comes. */
export type JoinPlan = {
  readonly kind: 'join';
  /** The keyed table. All of it that was there at the start is read before the first row is judged. */
  readonly table: string;
  /** `latest`: the row that counts now; `as_of`: the version that was valid at the row's event time. */
  readonly mode: 'latest' | 'as_of';
  /** What becomes of a row without a match: `left` keeps it with nulls, `inner` leaves it out. Both count it. */
  readonly type: 'left' | 'inner';
  /** Columns of the row, in the order of the table's keys. */
  readonly on: readonly string[];
  /** Columns of the table → columns of the row. */
  readonly columns: readonly { readonly from: string; readonly field: Field }[];
};

import type { DurationMs } from '@medallion/core';
import type { SqlExpression } from '@medallion/expressions';
import type { AnyRow, Field, FieldType, RowSchema, Value } from '@medallion/schema';
import type { EventTimePlan, GovernancePlan, Layer, StoragePlan } from './plan-settings.ts';

/** A measure of a materialized view, merged from partial results of batches. */
export type AggregatePlan = {
  readonly name: string;
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'count_distinct';
  /** The measured column; null for `count`. Null values are not measured, as in SQL. */
  readonly column: string | null;
  /** The type of `column`; null for `count`. */
  readonly input: FieldType | null;
  /** Only rows that pass are measured; null for all. */
  readonly where: { readonly text: string; readonly test: (row: AnyRow) => boolean } | null;
  readonly result: Field;
};

/** An expression over a view's columns: data, so that it becomes SQL, text, or a value in a test. */
export type Expression =
  | { readonly op: 'column'; readonly name: string }
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'plus' | 'minus' | 'times'; readonly left: Expression; readonly right: Expression }
  /** Null when the right side is zero or null. */
  | { readonly op: 'per'; readonly left: Expression; readonly right: Expression };

/** A column that a materialized view computes from its own rows. */
export type ViewColumnPlan =
  | { readonly kind: 'expression'; readonly field: Field; readonly expression: Expression }
  /** 1 for the greatest `by` of its window; equal values share a rank, and the next rank is skipped. */
  | { readonly kind: 'rank'; readonly field: Field; readonly by: string }
  /** The sum of `of` over all windows up to and with this one, per group. */
  | { readonly kind: 'cumulative'; readonly field: Field; readonly of: string };

/** Half-open intervals of event time that rows are counted in. */
export type WindowPlan =
  /** Side by side: a row belongs to one. */
  | { readonly kind: 'tumbling'; readonly sizeMs: DurationMs; readonly graceMs: DurationMs }
  /** Overlapping: a new one begins each `advanceMs`, which is at most the size. */
  | {
      readonly kind: 'hopping';
      readonly sizeMs: DurationMs;
      readonly advanceMs: DurationMs;
      readonly graceMs: DurationMs;
    }
  /** Of each group: rows that are at most the gap apart, one after the other; from the first to the last + gap. */
  | { readonly kind: 'session'; readonly gapMs: DurationMs; readonly graceMs: DurationMs };

/** A windowed aggregation, kept as mergeable state in Postgres and shown as a view. */
export type MaterializedViewPlan = {
  readonly kind: 'materialized_view';
  readonly name: string;
  readonly layer: 'gold';
  readonly comment: string | null;
  /** The streaming table that it reads. */
  readonly source: string;
  readonly eventTime: EventTimePlan;
  readonly window: WindowPlan;
  readonly groupBy: readonly Field[];
  readonly aggregates: readonly AggregatePlan[];
  readonly columns: readonly ViewColumnPlan[];
  /** window_start, window_end, the group, the measures, the computed columns; all that a user sees but `is_final` and `updated_at`. */
  readonly schema: RowSchema;
  readonly governance: GovernancePlan;
  readonly version: number;
  readonly hash: string;
};

/** A table that a relational view looks rows up in. */
export type RelationJoinPlan = {
  /** A keyed table, or another relational view. */
  readonly table: string;
  readonly type: 'left' | 'inner';
  /** Of each pair, a column of what was joined so far and one of `table`; the latter are its key. */
  readonly on: readonly (readonly [left: string, right: string])[];
  /** Columns of `table` → columns of the view; `otherwise` stands in where there is no match. */
  readonly columns: readonly { readonly from: string; readonly field: Field; readonly otherwise: Value }[];
};

/** A measure of a relational view. */
export type RelationAggregatePlan = {
  readonly name: string;
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'count_distinct';
  /** Null for `count`. */
  readonly column: string | null;
  readonly where: SqlExpression | null;
  readonly result: Field;
};

/**
 * A materialized view without windows, kept in Postgres: joins, a filter, groups. It equals the batch query over its
 * inputs after every commit; only the groups that a change touches are computed again.
 */
export type RelationalViewPlan = {
  readonly kind: 'relational_view';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  /** A keyed table, or another relational view. */
  readonly source: string;
  readonly joins: readonly RelationJoinPlan[];
  /** Columns computed from a joined row, in order; later ones may use earlier ones. */
  readonly derived: readonly { readonly field: Field; readonly expression: SqlExpression }[];
  readonly where: SqlExpression | null;
  /** Null: a row for each row of `source`, with its key. */
  readonly groupBy: readonly Field[] | null;
  readonly aggregates: readonly RelationAggregatePlan[];
  /** Columns computed from a group's row. */
  readonly columns: readonly { readonly field: Field; readonly expression: SqlExpression }[];
  /** The columns that identify a row: of the groups, or of `source`. */
  readonly key: readonly string[];
  /**
   * An integer for each key that stays the same for ever, from 1 on; the row with 0 stands for the unknown: its other
   * columns are null. Null for a view without.
   */
  readonly surrogateKey: string | null;
  /** The columns that users see, in order. */
  readonly schema: RowSchema;
  readonly storage: StoragePlan;
  readonly governance: GovernancePlan;
  readonly version: number;
  readonly hash: string;
};

import type { DurationMs } from '@medallion/core';
import type { AnyRow } from '@medallion/schema';
import type { Aggregate } from './aggregate.ts';
import type { Check } from './check.ts';
import type { DerivedColumn } from './derived-column.ts';
import type { Action, Expression, QueryablePlan } from './plan.ts';
import type { TopicSource } from './source.ts';
import type { Window } from './window.ts';

// What the builders collect, in the order in which it was written. Nothing is judged here: `pipeline()` compiles
// declarations to a plan and reports every mistake in them at once.

/** A check whose value type only the compiler knew. */
export type AnyCheck = Check<never, unknown>;

/** One named rule as it was declared. */
export type ExpectationDeclaration = {
  readonly name: string;
  readonly action: Action;
  readonly rule:
    | { readonly kind: 'columns'; readonly checks: Readonly<Record<string, AnyCheck>> }
    | { readonly kind: 'row'; readonly text: string; readonly test: (row: AnyRow) => unknown };
};

/** One step of a streaming table as it was declared. */
export type Operation =
  | { readonly kind: 'expect'; readonly expectation: ExpectationDeclaration }
  | { readonly kind: 'derive'; readonly columns: Readonly<Record<string, DerivedColumn<unknown>>> }
  | {
      readonly kind: 'event_time';
      readonly column: string;
      readonly watermarkDelayMs: DurationMs;
      readonly maxFutureSkewMs: DurationMs;
    }
  | { readonly kind: 'dedupe'; readonly by: string; readonly withinMs: DurationMs }
  | { readonly kind: 'omit'; readonly columns: readonly string[] }
  | { readonly kind: 'where'; readonly text: string; readonly test: (row: AnyRow) => boolean };

/** A streaming table as it was declared. */
export type StreamingTableDeclaration = {
  readonly kind: 'streaming_table';
  readonly name: string;
  readonly comment: string | null;
  readonly version: number;
  readonly retentionMs: DurationMs;
  readonly queryable: QueryablePlan | null;
  readonly source: TopicSource<unknown> | AnyTable;
  readonly operations: readonly Operation[];
};

/** One kind of computed column of a view as it was declared: new name → what it is computed from. */
export type ComputedColumns =
  | { readonly kind: 'expression'; readonly columns: Readonly<Record<string, Expression>> }
  | { readonly kind: 'rank' | 'cumulative'; readonly columns: Readonly<Record<string, string>> };

/** A materialized view as it was declared. */
export type MaterializedViewDeclaration = {
  readonly kind: 'materialized_view';
  readonly name: string;
  readonly comment: string | null;
  readonly version: number;
  readonly source: AnyTable;
  readonly window: Window;
  readonly groupBy: readonly string[];
  readonly aggregates: Readonly<Record<string, Aggregate<unknown>>>;
  readonly computed: readonly ComputedColumns[];
};

/** A table as it was declared. */
export type Declaration = StreamingTableDeclaration | MaterializedViewDeclaration;

/** A table of any row type. */
export type AnyTable = { readonly name: string; readonly declaration: Declaration };

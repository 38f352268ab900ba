import type { DurationMs } from '@medallion/core';
import type { AnyRow, Value } from '@medallion/schema';
import type { Aggregate } from './aggregate.ts';
import type { Check } from './check.ts';
import type { DerivedColumn } from './derived-column.ts';
import type { FilesSource, SnapshotSource } from './files-source.ts';
import type { Action, Expression, JoinPlan, QueryablePlan, ThresholdPlan } from './plan.ts';
import type { RelationAggregate } from './relation-aggregate.ts';
import type { RelationColumn } from './relation-column.ts';
import type { TableSettings } from './settings.ts';
import type { TopicSource } from './source.ts';
import type { SqlCondition } from './sql.ts';
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
    | { readonly kind: 'row'; readonly text: string; readonly test: (row: AnyRow) => unknown }
    | SqlCondition;
};

/** A test of a row as it was declared: words and a function, or SQL. */
export type ConditionDeclaration =
  | { readonly kind: 'row'; readonly text: string; readonly test: (row: AnyRow) => boolean }
  | SqlCondition;

/** Names in one row → names in another. */
export type Pairs = readonly (readonly [from: string, to: string])[];

/** One step of a streaming table as it was declared. */
export type Operation =
  | { readonly kind: 'expect'; readonly expectation: ExpectationDeclaration }
  /** The text of a SQL constraint, which holds an expectation. */
  | { readonly kind: 'constraint'; readonly text: string }
  | { readonly kind: 'derive'; readonly columns: Readonly<Record<string, DerivedColumn<unknown>>> }
  | {
      readonly kind: 'event_time';
      readonly column: string;
      readonly watermarkDelayMs: DurationMs;
      readonly maxFutureSkewMs: DurationMs;
      readonly closeWhenSilentMs?: DurationMs;
    }
  | {
      readonly kind: 'dedupe';
      readonly by: string;
      readonly withinMs: DurationMs;
      /** Null: duplicates are dropped, and break no rule. */
      readonly rule: { readonly name: string; readonly action: Action } | null;
    }
  | { readonly kind: 'fail_when'; readonly rule: string; readonly threshold: ThresholdPlan }
  | { readonly kind: 'omit'; readonly columns: readonly string[] }
  | { readonly kind: 'select'; readonly columns: readonly string[] }
  | { readonly kind: 'where'; readonly condition: ConditionDeclaration }
  | {
      readonly kind: 'explode';
      readonly column: string;
      readonly position: string | null;
      /** Columns of the element → columns of the row. */
      readonly rename: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'join';
      readonly table: AnyTable;
      readonly mode: JoinPlan['mode'];
      readonly type: JoinPlan['type'];
      /** Columns of the row → keys of the table. */
      readonly on: Pairs;
      /** Columns of the table → columns of the row. */
      readonly columns: Pairs;
    };

/** Where the rows of a streaming table may come from. */
export type StreamSource = TopicSource<unknown> | FilesSource<unknown> | AnyTable;

/** One way of rows into a table as it was declared. */
export type FlowDeclaration = {
  /** Null for the flow of `.from()`. */
  readonly name: string | null;
  readonly source: StreamSource | SnapshotSource<unknown>;
  readonly once: boolean;
};

/** A streaming table as it was declared. */
export type StreamingTableDeclaration = TableSettings & {
  readonly kind: 'streaming_table';
  /** Null for the default. */
  readonly retentionMs: DurationMs | null;
  readonly queryable: QueryablePlan | null;
  /** Empty while it does not say where its rows come from. */
  readonly flows: readonly FlowDeclaration[];
  readonly operations: readonly Operation[];
};

/** A view as it was declared. */
export type ViewDeclaration = TableSettings & {
  readonly kind: 'view';
  readonly source: AnyTable | null;
  readonly operations: readonly Operation[];
};

/** How changes become a keyed table, as it was declared. */
export type ChangesDeclaration = {
  readonly keys: readonly string[];
  /** Null for snapshots. */
  readonly sequenceBy: string | null;
  readonly deletes: ConditionDeclaration | null;
  readonly storedAs: 1 | 2;
  /** Null: all but keys, sequence and where a row came from. */
  readonly trackHistory: readonly string[] | { readonly except: readonly string[] } | null;
  /** Columns that the changes have and the table has not. */
  readonly except: readonly string[];
  readonly tombstoneRetentionMs: DurationMs;
};

/** A keyed table as it was declared. */
export type KeyedTableDeclaration = TableSettings & {
  readonly kind: 'keyed_table';
  readonly flows: readonly FlowDeclaration[];
  readonly operations: readonly Operation[];
  /** What the streaming table that it was made of said that no keyed table can have: `retention`, `queryable`. */
  readonly unfit: readonly string[];
  readonly changes: ChangesDeclaration;
};

/** One kind of computed column of a view as it was declared: new name → what it is computed from. */
export type ComputedColumns =
  | { readonly kind: 'expression'; readonly columns: Readonly<Record<string, Expression>> }
  | { readonly kind: 'rank' | 'cumulative'; readonly columns: Readonly<Record<string, string>> };

/** A materialized view over windows as it was declared. */
export type MaterializedViewDeclaration = TableSettings & {
  readonly kind: 'materialized_view';
  readonly source: AnyTable;
  readonly window: Window;
  readonly groupBy: readonly string[];
  readonly aggregates: Readonly<Record<string, Aggregate<unknown>>>;
  readonly computed: readonly ComputedColumns[];
};

/** A table that a relational view looks rows up in, as it was declared. */
export type RelationJoinDeclaration = {
  readonly kind: 'join';
  readonly table: AnyTable;
  readonly type: 'left' | 'inner';
  /** Columns of what was joined so far → keys of the table. */
  readonly on: Pairs;
  /** Columns of the table → columns of the view. */
  readonly columns: Pairs;
  /** By the name in the view. */
  readonly otherwise: Readonly<Record<string, Value>>;
};

/** One clause of a relational view as it was declared. */
export type Clause =
  | RelationJoinDeclaration
  | { readonly kind: 'where'; readonly text: string }
  | { readonly kind: 'derive'; readonly columns: Readonly<Record<string, RelationColumn<unknown>>> }
  | { readonly kind: 'select' | 'omit'; readonly columns: readonly string[] }
  | { readonly kind: 'group_by'; readonly columns: readonly string[] }
  | { readonly kind: 'aggregate'; readonly measures: Readonly<Record<string, RelationAggregate<unknown>>> };

/** A materialized view without windows as it was declared. */
export type RelationalViewDeclaration = TableSettings & {
  readonly kind: 'relational_view';
  readonly source: AnyTable;
  readonly clauses: readonly Clause[];
  readonly surrogateKey: string | null;
};

/** A change feed as it was declared. */
export type ChangeFeedDeclaration = TableSettings & {
  readonly kind: 'change_feed';
  readonly source: AnyTable | null;
};

/** A table as it was declared. */
export type Declaration =
  | StreamingTableDeclaration
  | ViewDeclaration
  | KeyedTableDeclaration
  | MaterializedViewDeclaration
  | RelationalViewDeclaration
  | ChangeFeedDeclaration;

/** A table of any row type. */
export type AnyTable = { readonly name: string; readonly declaration: Declaration };

/** Whether a source is a table of the pipeline. */
export const isTable = (source: object): source is AnyTable => 'declaration' in source;

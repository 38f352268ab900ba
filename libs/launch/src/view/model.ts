import type { Instant } from '@medallion/core';
import type { MaterializedViewPlan } from '@medallion/pipeline';

/** The type of a column, as plans have it. */
export type FieldType = MaterializedViewPlan['schema']['fields'][number]['type'];
/** The value of a column. */
export type Value = boolean | number | string | null;

/** One thing that has to come up. `ms` is its time since the start: of its end when done, else until now. */
export type Step = {
  readonly name: string;
  readonly state: 'waiting' | 'working' | 'done' | 'failed';
  readonly note: string;
  readonly ms: number;
};

/** What a process of ours is doing. */
export type StageState =
  | 'waiting'
  | 'starting'
  | 'ready'
  | 'not ready'
  | 'restarting'
  | 'finished'
  | 'failed'
  | 'stopping'
  | 'stopped';

/** A process of the chain; null where a number is not known (yet). */
export type StageView = {
  readonly name: string;
  readonly state: StageState;
  readonly inPerSecond: number | null;
  readonly outPerSecond: number | null;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  readonly watermark: Instant | null;
  readonly restarts: number;
};

/** An expectation and its counts since the tables were made. */
export type RuleView = {
  readonly table: string;
  readonly rule: string;
  readonly action: string;
  readonly passed: number;
  readonly failed: number;
};

/** Records that are not in their table, by the reason. */
export type RefusedView = { readonly reason: string; readonly records: number };

/** The newest rows of a gold table, newest first. */
export type GoldTableView = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly kind: FieldType['kind'] }[];
  readonly rows: readonly { readonly isFinal: boolean; readonly values: readonly Value[] }[];
};

/** Something that is wrong now, with its remedy. */
export type ProblemView = {
  readonly where: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
};

/** Where a person can look further. */
export type HelpView = {
  /** The address of the pages; null where there are none. */
  readonly dashboard: string | null;
  readonly query: string;
  readonly databaseUrl: string;
  readonly metrics: readonly { readonly name: string; readonly url: string }[];
  readonly logs: string;
};

/** Everything that is shown. */
export type View = {
  readonly pipeline: string;
  /** The clock. */
  readonly now: Instant;
  /** Milliseconds since the start. */
  readonly ms: number;
  readonly phase: 'starting' | 'running' | 'stopping';
  readonly steps: readonly Step[];
  readonly stages: readonly StageView[];
  readonly rules: readonly RuleView[];
  readonly refused: readonly RefusedView[];
  readonly gold: readonly GoldTableView[];
  /** Windows that end at or before it are final; null before the first. */
  readonly finalThrough: Instant | null;
  readonly problems: readonly ProblemView[];
  /** What happened lately, oldest first; few. */
  readonly notes: readonly { readonly at: Instant; readonly text: string }[];
  readonly help: HelpView | null;
};

import type { ChangeFeedPlan, KeyedTablePlan, StreamingTablePlan, ViewPlan } from './plan-tables.ts';
import type { MaterializedViewPlan, RelationalViewPlan } from './plan-views.ts';

export * from './plan-columns.ts';
export * from './plan-rules.ts';
export type * from './plan-settings.ts';
export type * from './plan-sources.ts';
export type * from './plan-steps.ts';
export type * from './plan-tables.ts';
export type * from './plan-views.ts';

/** A table of a pipeline. */
export type TablePlan =
  | StreamingTablePlan
  | ViewPlan
  | KeyedTablePlan
  | MaterializedViewPlan
  | RelationalViewPlan
  | ChangeFeedPlan;

/** A pipeline as data: frozen, valid, every table after those that it reads. */
export type PipelinePlan = {
  readonly name: string;
  /** The Postgres schema of its tables. */
  readonly schemaName: string;
  /** Runs on and on, or until everything that was there at its start is processed. */
  readonly mode: 'continuous' | 'triggered';
  /** Fails at the first error that might pass, instead of trying again. */
  readonly development: boolean;
  /** How many instances of a service work at it; absent: as many as there are. */
  readonly workers?: WorkersPlan;
  readonly tables: readonly TablePlan[];
};

/** Limits of the instances of each service that work at a pipeline. */
export type WorkersPlan = {
  /** So many are started by who starts them. */
  readonly min: number;
  /** Of each flow so many work at the same time; others stand by. */
  readonly max: number;
};

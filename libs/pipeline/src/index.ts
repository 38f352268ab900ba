// Durations and calendar functions that pipelines are written with.
export {
  type DurationMs,
  days,
  type EpochDay,
  epochDay,
  hourOfDay,
  hours,
  type Instant,
  minuteOfHour,
  minutes,
  seconds,
} from '@medallion/core';
export type { Aggregate, Aggregates } from './aggregate.ts';
export {
  atLeast,
  atMost,
  between,
  type Check,
  check,
  isoInstant,
  matches,
  nonEmpty,
  notNull,
  oneOf,
  orNull,
  positive,
} from './check.ts';
export type { AnyTable, Declaration } from './declaration.ts';
export type { Columns, DerivedColumn } from './derived-column.ts';
export { describe } from './describe.ts';
export type { Calculation, Measures } from './expression.ts';
export { type MaterializedView, materializedView } from './materialized-view.ts';
export { pipeline } from './pipeline.ts';
export {
  type Action,
  type AggregatePlan,
  AUDIT,
  type ColumnRulePlan,
  type DerivedColumnPlan,
  type EventTimePlan,
  type ExpectationPlan,
  type Expression,
  type Layer,
  type MaterializedViewPlan,
  type PipelinePlan,
  type QueryablePlan,
  REJECTED,
  type SourcePlan,
  type StepPlan,
  type StreamingTablePlan,
  type TablePlan,
  type ViewColumnPlan,
} from './plan.ts';
export { type AuditColumns, type Ingested, json, topic } from './source.ts';
export { type StreamingTable, streamingTable } from './streaming-table.ts';
export type { DeclarationError, Row } from './types.ts';
export { tumbling, type Window } from './window.ts';

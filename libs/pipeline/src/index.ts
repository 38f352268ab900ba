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
export { type ChangeColumns, type ChangeFeed, changeFeed } from './change-feed.ts';
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
export { type ColumnOrigins, type ColumnRef, columnLineage, personalColumns } from './column-lineage.ts';
export type { AnyTable, Declaration } from './declaration.ts';
export type { Columns, DerivedColumn } from './derived-column.ts';
export { describe } from './describe.ts';
export type { EventTimeOptions } from './event-time-options.ts';
export type { Calculation, Measures } from './expression.ts';
export {
  csv,
  type FileAuditColumns,
  type FileRows,
  type FilesSource,
  files,
  jsonArray,
  jsonLines,
  parquet,
  type ReadFromFile,
  type SnapshotSource,
  snapshot,
} from './files-source.ts';
export { type Graph, type GraphEdge, type GraphNode, graphOf, graphText, toMermaid } from './graph.ts';
export type { ChangeOptions, KeyedTable } from './keyed-table.ts';
export { type MaterializedView, materializedView } from './materialized-view.ts';
export {
  asRun,
  type LineageDataset,
  type LineageFacet,
  type LineageJobEvent,
  type LineagePlaces,
  type LineageRunEvent,
  openLineage,
} from './open-lineage.ts';
export { type PipelineOptions, pipeline } from './pipeline.ts';
export {
  type Action,
  type AggregatePlan,
  AUDIT,
  CHANGE,
  type ChangeFeedPlan,
  type ColumnRulePlan,
  type DeletesPlan,
  type DerivedColumnPlan,
  type EventTimePlan,
  type ExpectationPlan,
  type Expression,
  FILE_AUDIT,
  type FileFormat,
  type FilesPlan,
  type FlowPlan,
  type GovernancePlan,
  type JoinPlan,
  type KeyedTablePlan,
  type Layer,
  type MaterializedViewPlan,
  type PipelinePlan,
  type QueryablePlan,
  RAW,
  REJECTED,
  type RelationAggregatePlan,
  type RelationalViewPlan,
  type RelationJoinPlan,
  type RulePlan,
  type SchemaEvolution,
  type SourcePlan,
  type StepPlan,
  type StoragePlan,
  type StreamingTablePlan,
  type TablePlan,
  type ThresholdPlan,
  VALIDITY,
  type ViewColumnPlan,
  type ViewPlan,
  type WindowPlan,
} from './plan.ts';
export { expectationsIn, expectationsOf, flowsOf, gainsColumns, streamingTables } from './plan-parts.ts';
export type { RelationAggregate, RelationAggregates } from './relation-aggregate.ts';
export type { RelationColumn, RelationColumns } from './relation-column.ts';
export type { GroupedView, Grouping, Keyed, Relation, RelationalView } from './relational-view.ts';
export type { SnapshotTable } from './snapshot-table.ts';
export { type AuditColumns, avro, type Ingested, json, type RawColumn, topic } from './source.ts';
export { type SqlCondition, sql } from './sql.ts';
export { type FedStreamingTable, type StreamingTable, streamingTable } from './streaming-table.ts';
export { type SubjectColumns, subjectColumns, subjectSources, subjectsOf } from './subject-columns.ts';
export type { DeclarationError, Row } from './types.ts';
export { type View, view } from './view.ts';
export { hopping, session, tumbling, type Window } from './window.ts';

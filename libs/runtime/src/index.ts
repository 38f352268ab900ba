export {
  abandonBackfill,
  type Backfilled,
  type BackfillParts,
  type BackfillRequest,
  backfill,
  backfillsOf,
  lagBeside,
} from './backfill/backfill.ts';
export type { BackfillState } from './backfill/backfill-log.ts';
export type { AskedFor, Bound } from './backfill/chosen-source.ts';
export { type Decided, decide } from './decisions/decide.ts';
export {
  behindText,
  type Erased,
  type EraseParts,
  type EraseRequest,
  erase,
} from './erase/erase.ts';
export type { ErasedFromTable, ErasureStore, KeptRecord, TableErasure } from './erase/erasure-store.ts';
export {
  fingerprintOf,
  idText,
  isAbout,
  type Person,
  personOf,
  type SubjectPlan,
  subjectPlan,
} from './erase/person.ts';
export { mentions, personsInRow, personsInText, personsInValue, TEXTS } from './erase/persons-in.ts';
export type { Behind, Mark, Reached } from './erase/readers.ts';
export type { ErasedFromTopic, LogTruncation } from './erase/truncate.ts';
export { withoutErased } from './erase/without-erased.ts';
export { emptyCommit } from './gold/empty-commit.ts';
export { groupOf } from './gold/idleness.ts';
export { type Reading, readingsOfFlow, readingsOfLeases, unread, unreadIn } from './lag/reading.ts';
export type { FlowParts, LayerParts, LayerSettings } from './layer-parts.ts';
export { columnsGained, migrateLog } from './migrate-log.ts';
export {
  type GrownTopic,
  type GrowthLook,
  type GrowthOptions,
  type GrowthParts,
  growTopics,
  lookAtGrowth,
} from './partitions/grow-topics.ts';
export * from './ports/index.ts';
export { noProgress, type Progress } from './progress.ts';
export { CHANGELOG, CHANGELOG_HEADER, changelogSchema, stands, standsWhereExpected } from './protocol/changelog.ts';
export {
  Coordinates,
  coordinateOf,
  formatCoordinate,
  parseCoordinate,
  SRC,
  TERM_HEADER,
} from './protocol/coordinates.ts';
export { type Decision, type DecisionSubject, decisionsTopicOf } from './protocol/decisions.ts';
export { partitionOfKey } from './protocol/key-partition.ts';
export { fromLedgerRecord, type KeyedOutcome, ledgerOf, type Totals } from './protocol/ledger.ts';
export { type StopNote, stopsTopicOf } from './protocol/stop-notes.ts';
export { fromTrace, HEADER } from './protocol/trace.ts';
export { type Classified, classify } from './redrive/classify.ts';
export {
  addJudged,
  type Judged,
  type JudgedAgain,
  type JudgedFlow,
  type JudgeParts,
  judgeAgain,
} from './redrive/judge-again.ts';
export { type Chose, choose, MAX_CHOSEN, type Redriven, redrive } from './redrive/redrive.ts';
export { type Redrive, toRedriveRecord } from './redrive/redrive-record.ts';
export type { Chosen, Claim, QuarantinePlace, RedriveStore, Unsent } from './redrive/redrive-store.ts';
export {
  backfilledFlow,
  backfilledName,
  originalName,
  type RedrivenFlow,
  redrivenFlow,
  redrivenFlowsOf,
  redrivenName,
  redriveTopicOf,
} from './redrive/redriven-flow.ts';
export { type Rehearsed, type RehearsedRow, rehearseRedrive } from './redrive/rehearse-redrive.ts';
export { type MissingFiles, missingFilesText } from './refresh/missing-files.ts';
export { type MissingRange, missingText } from './refresh/missing-input.ts';
export { type RebuildParts, type RebuiltView, rebuildView } from './refresh/rebuild-view.ts';
export { type Refresh, refreshesTopicOf, unfinishedRefreshes } from './refresh/refreshes.ts';
export type { Running } from './refresh/refused.ts';
export { type ResetGroup, resetOf, type TableReset } from './refresh/reset-scope.ts';
export { lookAtReset, type ResetLook, type ResetOptions, type ResetParts, resetTable } from './refresh/reset-table.ts';
export { rehearseTopics, type TopicRehearsal, writtenSchemas } from './rehearse.ts';
export { mergeGrants } from './rights/grant-list.ts';
export type { Grant, GrantOptions, Operation, ServiceName } from './rights/grants.ts';
export { rightsOf } from './rights/rights.ts';
export { runLayer } from './run-layer.ts';
export { runsTopicOf } from './runs/run-marks.ts';
export { runTriggered, type TriggeredOptions } from './runs/run-triggered.ts';
export { StopLog, type StopLogParts } from './stops/stop-log.ts';
export { StopNotes } from './stops/stop-notes.ts';
export { type Condition, type Patience, type RunningFlow, supervise } from './supervise.ts';
export { ensurePipelineTopics, externalTopicsOf, inputTopicOf } from './topics.ts';
export { contextOf, formatTraceparent, parseTraceparent, TRACEPARENT } from './tracing/traceparent.ts';
export { verifyOnly } from './verify-only.ts';

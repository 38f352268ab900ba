export { Dedupe } from './dedupe.ts';
export { type Action, createJudge, type Expectation, type Verdict } from './judge.ts';
export { KeyIndex } from './key-index.ts';
export { contentHash } from './scd-content.ts';
export { type Change, compareChanges, type Sequence } from './scd-order.ts';
export { Scd1State } from './scd1-state.ts';
export { type Standing, standingOf, type TrackedChange } from './scd2.ts';
export type { KnownChange } from './scd2-arena.ts';
export { type RowChange, Scd2State } from './scd2-state.ts';
export {
  SessionAggregate,
  SessionSpans,
  type SessionWindow,
  type Span,
  spanOf,
  touch,
} from './sessions.ts';
export { isFuture, type PartitionProgress, tableWatermark, watermarkAfter } from './watermark.ts';
export {
  type Aggregate,
  type Delta,
  groupKey,
  type Partial,
  WindowAggregate,
  type WindowSpec,
} from './window-aggregate.ts';
export { type GridWindow, isClosed, windowStart, windowStarts } from './windows.ts';

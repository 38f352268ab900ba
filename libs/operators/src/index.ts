export { Dedupe } from './dedupe.ts';
export { type Action, createJudge, type Expectation, type Verdict } from './judge.ts';
export { isFuture, type PartitionProgress, tableWatermark, watermarkAfter } from './watermark.ts';
export {
  type Aggregate,
  type Delta,
  isClosed,
  type Partial,
  WindowAggregate,
  type WindowSpec,
  windowStart,
} from './window-aggregate.ts';

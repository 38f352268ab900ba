export { assertNever, invariant } from './assert.ts';
export type { Brand } from './brand.ts';
export { type ErrorCode, errors, isMedallionError, MedallionError, messageOf } from './errors.ts';
export { type FlowLabels, type FlowMetrics, type Metrics, noMetrics } from './metrics.ts';
export { type Clock, elapsedMs, type Log, type LogFields, processSeed, silentLog, systemClock } from './ports.ts';
export { REJECTED } from './rejected.ts';
export { shownPath } from './shown-path.ts';
export {
  type DurationMs,
  days,
  type EpochDay,
  epochDay,
  hourOfDay,
  hours,
  type Instant,
  instant,
  isoDate,
  isoString,
  milliseconds,
  minuteOfHour,
  minutes,
  NEVER,
  seconds,
} from './time.ts';
export type { Span, SpanAttributes, SpanStart, TraceContext, Tracer } from './tracing.ts';
export { Turns } from './turns.ts';
export { unlz4, unlz4Block } from './unpack/lz4.ts';
export { unsnappy, unsnappyBlock } from './unpack/snappy.ts';

import { type Instant, instant } from '@medallion/core';

/** When records go out by the clock. An absolute schedule: a stall is caught up, and nothing drifts. */
export type Pacing = (dueAt: Instant) => Instant;

/**
 * `'speed'` sends a record when the clock has come as far as event time has, at `speed`; `'max'` as soon as possible.
 * In neither case does a stream that starts in the past overtake the clock: where it has caught up it goes on at the
 * pace of the clock, since a pipeline takes records from the future for a broken clock.
 */
export function createPacing(
  mode: 'speed' | 'max',
  { start, speed }: { readonly start: Instant; readonly speed: number },
  runStart: Instant,
): Pacing {
  const scheduled = (dueAt: Instant): number =>
    mode === 'max' ? Number.NEGATIVE_INFINITY : runStart + (dueAt - start) / speed;
  return start > runStart
    ? (dueAt) => instant(scheduled(dueAt))
    : (dueAt) => instant(Math.max(scheduled(dueAt), dueAt));
}

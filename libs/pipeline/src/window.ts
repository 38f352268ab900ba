import { type DurationMs, milliseconds } from '@medallion/core';
import type { WindowPlan } from './plan.ts';

/** A window over event time: half-open. */
export type Window = WindowPlan;

/**
 * Windows of one size, side by side. A window takes rows until its end and the grace period (none by default) have
 * passed the watermark.
 *
 * @example materializedView('per_minute').from(silver).windowedBy(tumbling(minutes(1), { grace: minutes(2) }))
 */
export const tumbling = (size: DurationMs, options: { readonly grace?: DurationMs } = {}): Window =>
  Object.freeze({ kind: 'tumbling' as const, sizeMs: size, graceMs: options.grace ?? milliseconds(0) });

/**
 * Windows of one size, of which a new one begins each `advance`, aligned to the epoch: a row counts in all that hold it.
 *
 * @example materializedView('last_hour').from(silver).windowedBy(hopping(minutes(60), { advance: minutes(5) }))
 */
export const hopping = (
  size: DurationMs,
  options: { readonly advance: DurationMs; readonly grace?: DurationMs },
): Window =>
  Object.freeze({
    ...{ kind: 'hopping' as const, sizeMs: size, advanceMs: options.advance },
    graceMs: options.grace ?? milliseconds(0),
  });

/**
 * Sessions: rows of a group that follow one another by at most `gap`. A session ends at its last event and the gap, grows
 * while events come, and two become one when an event bridges them.
 *
 * @example materializedView('visits').from(clicks).windowedBy(session(minutes(30))).groupBy('customer_id')
 */
export const session = (gap: DurationMs, options: { readonly grace?: DurationMs } = {}): Window =>
  Object.freeze({ kind: 'session' as const, gapMs: gap, graceMs: options.grace ?? milliseconds(0) });

import { type DurationMs, milliseconds } from '@medallion/core';

/** A window over event time: half-open, aligned to the epoch. */
export type Window = { readonly kind: 'tumbling'; readonly sizeMs: DurationMs; readonly graceMs: DurationMs };

/**
 * Windows of one size, side by side. A window takes rows until its end and the grace period (none by default) have
 * passed the watermark.
 *
 * @example materializedView('per_minute').from(silver).windowedBy(tumbling(minutes(1), { grace: minutes(2) }))
 */
export const tumbling = (size: DurationMs, options: { readonly grace?: DurationMs } = {}): Window =>
  Object.freeze({ kind: 'tumbling' as const, sizeMs: size, graceMs: options.grace ?? milliseconds(0) });

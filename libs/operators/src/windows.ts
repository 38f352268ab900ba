import type { DurationMs, Instant } from '@medallion/core';

/** Windows that lie on the epoch's grid: of tumbling ones a row belongs to one, of hopping ones to several. */
export type GridWindow =
  | { readonly kind: 'tumbling'; readonly sizeMs: DurationMs; readonly graceMs: DurationMs }
  | {
      readonly kind: 'hopping';
      readonly sizeMs: DurationMs;
      /** From the start of one window to the start of the next; at most the size. */
      readonly advanceMs: DurationMs;
      readonly graceMs: DurationMs;
    };

/** The start of the tumbling window that an instant falls into: half-open, aligned to the epoch by floor (W1). */
export const windowStart = (at: Instant, sizeMs: DurationMs): Instant => (Math.floor(at / sizeMs) * sizeMs) as Instant;

/** Whether a window that ends at `end` takes no more rows once its table's watermark is `watermark` (W3). */
export const isClosed = (end: Instant, graceMs: DurationMs, watermark: Instant): boolean => end + graceMs <= watermark;

/** The starts of all windows that an instant falls into, the oldest first (H1). */
export function windowStarts(window: GridWindow, at: Instant): readonly Instant[] {
  if (window.kind === 'tumbling') return [windowStart(at, window.sizeMs)];
  const last = windowStart(at, window.advanceMs);
  // The first that ends after the instant.
  const starts: Instant[] = [];
  for (let start: number = last; start + window.sizeMs > at; start -= window.advanceMs) starts.push(start as Instant);
  return starts.reverse();
}

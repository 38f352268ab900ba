import type { DurationMs, Instant } from '@medallion/core';

/**
 * Finds rows whose identity was accepted before, within a span of event time (SPEC D1–D5).
 *
 * The state is `identity → event time` of the accepted rows not older than the horizon, the greatest event time less
 * `withinMs`. It is bounded by the events of that span (plus those ahead of it), and is a function of the accepted rows
 * in order alone: so it is rebuilt by reading the table's own tail again.
 */
export class Dedupe {
  readonly #withinMs: DurationMs;
  readonly #bucketMs: number;
  readonly #seen = new Map<string | number, Instant>();
  /** Identities by slice of event time, so that forgetting costs nothing per row. */
  readonly #buckets = new Map<number, { readonly ids: (string | number)[]; firstOffset: number | null }>();
  #horizon = Number.NEGATIVE_INFINITY;

  constructor(withinMs: DurationMs) {
    this.#withinMs = withinMs;
    this.#bucketMs = Math.max(1, Math.ceil(withinMs / 10));
  }

  /** Whether a row is a repetition of an accepted one. */
  isDuplicate(id: string | number): boolean {
    const at = this.#seen.get(id);
    return at !== undefined && at >= this.#horizon;
  }

  /**
   * Remembers an accepted row. Rows behind the horizon are not remembered: they could not be forgotten in time. A row
   * without an identity moves the horizon all the same.
   */
  accept(id: string | number | null, eventTime: Instant): void {
    if (eventTime - this.#withinMs > this.#horizon) this.#moveHorizon(eventTime - this.#withinMs);
    if (eventTime < this.#horizon) return;
    const slice = Math.floor(eventTime / this.#bucketMs);
    let bucket = this.#buckets.get(slice);
    if (bucket === undefined) {
      bucket = { ids: [], firstOffset: null };
      this.#buckets.set(slice, bucket);
    }
    if (id === null) return;
    bucket.ids.push(id);
    this.#seen.set(id, eventTime);
  }

  /** The rows accepted since the last call were written from this offset on of the table's own partition. */
  written(offset: number): void {
    for (const bucket of this.#buckets.values()) bucket.firstOffset ??= offset;
  }

  /** From where the table's own partition must be read to rebuild this state; null when nothing is remembered. */
  restoreFrom(): number | null {
    let least: number | null = null;
    for (const { firstOffset } of this.#buckets.values())
      if (firstOffset !== null && (least === null || firstOffset < least)) least = firstOffset;
    return least;
  }

  /** Identities remembered. */
  get size(): number {
    return this.#seen.size;
  }

  #moveHorizon(horizon: number): void {
    this.#horizon = horizon;
    for (const [slice, bucket] of this.#buckets) {
      if ((slice + 1) * this.#bucketMs > horizon) continue;
      this.#buckets.delete(slice);
      for (const id of bucket.ids) {
        // The identity may have been accepted again since, at a time that is still within the span.
        const at = this.#seen.get(id);
        if (at !== undefined && at < horizon) this.#seen.delete(id);
      }
    }
  }
}

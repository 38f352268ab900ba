import type { DurationMs, Instant } from '@medallion/core';
import { IdentityTimes } from './identity-times.ts';

/**
 * Finds rows whose identity was accepted before, within a span of event time (SPEC D1–D5).
 *
 * The state is `identity → event time` of the accepted rows not older than the horizon, the greatest event time less
 * `withinMs`. It is bounded by the events of that span (plus those ahead of it), and is a function of the accepted rows
 * in order alone: so it is rebuilt by reading the table's own tail again.
 */
export class Dedupe {
  readonly #withinMs: DurationMs;
  readonly #sliceMs: number;
  readonly #seen = new IdentityTimes();
  /**
   * The slices of event time that have accepted rows, with the first offset that may hold one. Identities are forgotten
   * a slice at a time, so that forgetting costs next to nothing per row.
   */
  readonly #slices = new Map<number, { firstOffset: number | null }>();
  #horizon = Number.NEGATIVE_INFINITY;

  constructor(withinMs: DurationMs) {
    this.#withinMs = withinMs;
    this.#sliceMs = Math.max(1, Math.ceil(withinMs / 10));
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
    const slice = Math.floor(eventTime / this.#sliceMs);
    if (!this.#slices.has(slice)) this.#slices.set(slice, { firstOffset: null });
    if (id !== null) this.#seen.set(id, eventTime);
  }

  /** Takes an accepted row in again, in whatever order and however often: the greatest event time of an identity counts (D6). */
  restore(id: string | number | null, eventTime: Instant): void {
    const known = id === null ? undefined : this.#seen.get(id);
    this.accept(known !== undefined && known > eventTime ? null : id, eventTime);
  }

  /** The rows accepted since the last call were written from this offset on of the table's own partition. */
  written(offset: number): void {
    for (const slice of this.#slices.values()) slice.firstOffset ??= offset;
  }

  /** From where the table's own partition must be read to rebuild this state; null when nothing is remembered. */
  restoreFrom(): number | null {
    let least: number | null = null;
    for (const { firstOffset } of this.#slices.values())
      if (firstOffset !== null && (least === null || firstOffset < least)) least = firstOffset;
    return least;
  }

  /** Identities remembered. */
  get size(): number {
    return this.#seen.size;
  }

  #moveHorizon(horizon: number): void {
    this.#horizon = horizon;
    let passed = false;
    for (const slice of this.#slices.keys()) {
      if ((slice + 1) * this.#sliceMs > horizon) continue;
      this.#slices.delete(slice);
      passed = true;
    }
    if (passed) this.#seen.deleteBefore(horizon);
  }
}

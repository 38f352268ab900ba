import type { Instant } from '@medallion/core';
import { KeyIndex } from './key-index.ts';
import { NumberLane, SequenceLane } from './scd-lane.ts';
import { type Change, compareChanges } from './scd-order.ts';

/**
 * Slowly changing dimension type 1: of each key the change that counts, and nothing else (C1, C2). About 45 bytes a key
 * and no row: what a row holds is in the table, its hash is all that deciding takes.
 */
export class Scd1State {
  readonly #keys = new KeyIndex();
  readonly #sequences = new SequenceLane();
  /** 0 for a deleted key. */
  readonly #contents = new NumberLane();
  /** Of deleted keys only: when they were. */
  readonly #deletedAt = new Map<number, Instant>();

  /** Keys, deleted ones that are remembered included. */
  get size(): number {
    return this.#keys.size;
  }

  /** Keys that have a row. */
  get alive(): number {
    return this.#keys.size - this.#deletedAt.size;
  }

  /** The change that counts for a key; null for none. */
  get(key: string): Change | null {
    const number = this.#keys.find(key);
    return number < 0 ? null : this.#change(number);
  }

  /** Takes a change in; says whether it counts now, and so whether the row is another one than before. */
  apply(key: string, change: Change, now: Instant): boolean {
    const size = this.#keys.size;
    const number = this.#keys.add(key);
    if (this.#keys.size === size && compareChanges(change, this.#change(number)) <= 0) return false;
    this.#set(number, change, now);
    return true;
  }

  /**
   * While state is rebuilt: takes over a change that counted when it was written to the log. It replaces what stood in the
   * log before it, also a delete that was forgotten since.
   */
  restore(key: string, change: Change, at: Instant): void {
    this.#set(this.#keys.add(key), change, at);
  }

  /** Forgets keys that were deleted before an instant (C5). */
  forget(before: Instant): void {
    const gone = new Set<number>();
    for (const [number, at] of this.#deletedAt) if (at < before) gone.add(number);
    if (gone.size === 0) return;
    this.#keys.removeWhere((number) => gone.has(number));
    for (const number of gone) this.#deletedAt.delete(number);
  }

  #set(number: number, change: Change, now: Instant): void {
    this.#sequences.set(number, change.sequence);
    this.#contents.set(number, change.deleted ? 0 : change.content);
    if (change.deleted) this.#deletedAt.set(number, now);
    else if (this.#deletedAt.size > 0) this.#deletedAt.delete(number);
  }

  #change(number: number): Change {
    const content = this.#contents.get(number);
    return { sequence: this.#sequences.get(number), deleted: content === 0, content };
  }
}

import { type Instant, instant } from '@medallion/core';
import { KeyIndex } from './key-index.ts';
import { NumberLane } from './scd-lane.ts';
import { type Change, compareChanges, type Sequence } from './scd-order.ts';
import { absorbs, applyScd2, type Standing, standingOf, type TrackedChange } from './scd2.ts';
import { Arena, type KnownChange, NONE } from './scd2-arena.ts';

/** A change with its row as bytes; null for a delete. */
export type RowChange = TrackedChange & { readonly row: Uint8Array | null };

/** Whether a change of the same sequence is another one. */
const differs = (a: Change, b: Change): number => (a.deleted === b.deleted && a.content === b.content ? 0 : 1);

const LONG_AGO = instant(0);

/**
 * The histories of all keys of a type 2 table: each a chain in one arena, from the newest change to the oldest, so that a
 * change in order costs the same however long the history is, and a late one a walk back to its place.
 */
export class Scd2State {
  readonly #keys = new KeyIndex();
  /** By number of a key: its newest change, or NONE. */
  readonly #newest = new NumberLane();
  readonly #arena = new Arena();
  /** Deletes by their place in the arena, with the number of their key. */
  readonly #deletes = new Map<number, number>();
  #changes = 0;
  #inferred: { readonly address: number; readonly number: number; readonly sequence: Sequence }[] = [];

  /** Changes that are remembered. */
  get size(): number {
    return this.#changes;
  }

  /** Bytes that the histories take beside the index of keys. */
  get bytes(): number {
    return this.#arena.bytes;
  }

  /** Takes a change in; gives what stands differently now, the change itself first, or nothing. */
  apply(key: string, change: RowChange, now: Instant): readonly Standing<KnownChange>[] {
    return this.#apply(key, change, now, compareChanges);
  }

  /**
   * While state is rebuilt: takes over a change that counted when it was written to the log. It replaces what stood in the
   * log before it, also a delete that was forgotten since.
   */
  restore(key: string, change: RowChange, at: Instant): void {
    this.#apply(key, change, at, differs);
  }

  /**
   * While state is rebuilt: a version is known to end at `sequence`. Unless a change of that sequence turns up before
   * `settle`, it was a delete that the log has forgotten (C6).
   */
  endsAt(key: string, sequence: Sequence): void {
    const [added] = this.apply(key, { sequence, deleted: false, content: 0, tracked: 0, row: null }, LONG_AGO);
    if (added !== undefined)
      this.#inferred.push({ address: added.change.address, number: this.#number(key), sequence });
  }

  /** All of the log was read: ends that no change explains are deletes. */
  settle(): void {
    const inferred = this.#inferred;
    this.#inferred = [];
    for (const { address, number, sequence } of inferred) {
      if (this.#at(number, sequence)?.address !== address) continue;
      this.#arena.makeDelete(address);
      this.#deletes.set(address, number);
    }
  }

  /** What all changes of a key are in the table, in the order of their sequences. */
  standing(key: string): readonly Standing<KnownChange>[] {
    const history = this.#history(this.#number(key), null);
    return history.map((_, i) => standingOf(history, i));
  }

  /** The change of a key that was the last one at a sequence; null for none. */
  at(key: string, sequence: Sequence): KnownChange | null {
    const number = this.#keys.find(key);
    return number < 0 ? null : this.#at(number, sequence);
  }

  /** The row of a change; valid until the next change is taken in. */
  row(change: KnownChange): Uint8Array {
    return this.#arena.row(change.address);
  }

  /** Forgets deletes that were made before an instant and end no version (C5). */
  forget(before: Instant): void {
    for (const [address, number] of this.#deletes) {
      if (this.#arena.madeAt(address) >= before) continue;
      const older = this.#arena.older(address);
      if (older !== NONE && !this.#arena.read(older).deleted) continue;
      this.#unlink(number, address, older);
    }
  }

  #apply(
    key: string,
    change: RowChange,
    now: Instant,
    compare: typeof compareChanges,
  ): readonly Standing<KnownChange>[] {
    const number = this.#number(key);
    const added = this.#arena.add(change, change.deleted ? now : 0);
    const applied = applyScd2(this.#history(number, change.sequence), added, compare);
    if (applied === null) {
      this.#arena.drop(added);
      return [];
    }
    const { before, after, replaced } = applied;
    this.#arena.setOlder(added.address, before?.address ?? NONE);
    if (after === null) this.#newest.set(number, added.address);
    else this.#arena.setOlder(after.address, added.address);
    if (change.deleted) this.#deletes.set(added.address, number);
    if (replaced === null) this.#changes++;
    else this.#deletes.delete(replaced.address);
    return applied.standing;
  }

  /** The history of a key, from the beginning of the version before `sequence` on; all of it for null. */
  #history(number: number, sequence: Sequence | null): KnownChange[] {
    const history: KnownChange[] = [];
    for (let address = this.#newest.get(number); address !== NONE; address = this.#arena.older(address)) {
      const change = this.#arena.read(address);
      const newer = history[history.length - 1];
      // The one before is the beginning of the version that the sequence falls in or after.
      if (newer !== undefined && sequence !== null && newer.sequence < sequence && !absorbs(change, newer)) break;
      history.push(change);
    }
    return history.reverse();
  }

  #at(number: number, sequence: Sequence): KnownChange | null {
    for (let address = this.#newest.get(number); address !== NONE; address = this.#arena.older(address)) {
      const change = this.#arena.read(address);
      if (change.sequence <= sequence) return change;
    }
    return null;
  }

  #number(key: string): number {
    const size = this.#keys.size;
    const number = this.#keys.add(key);
    if (this.#keys.size > size) this.#newest.set(number, NONE);
    return number;
  }

  #unlink(number: number, address: number, older: number): void {
    let newer = this.#newest.get(number);
    if (newer === address) this.#newest.set(number, older);
    else {
      while (this.#arena.older(newer) !== address) newer = this.#arena.older(newer);
      this.#arena.setOlder(newer, older);
    }
    this.#deletes.delete(address);
    this.#changes--;
  }
}

import type { Instant } from '@medallion/core';
import { Scd1State } from '@medallion/operators';
import type { KeyedRows } from './keyed-rows.ts';
import type { Entry, KeyedState, ReadyChange, RestoredChange } from './keyed-state.ts';

/** The state of a table of type 1: a row is overwritten by a later change. */
export class OverwritingState implements KeyedState {
  readonly #rows: KeyedRows;
  readonly #state = new Scd1State();

  constructor(rows: KeyedRows) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#state.size;
  }

  apply({ key, sequence, row, encoded }: ReadyChange, now: Instant): readonly Entry[] {
    const change = { sequence, deleted: row === null, content: row === null ? 0 : this.#rows.contentOf(row) };
    return this.#state.apply(key, change, now) ? [{ key: Buffer.from(key), value: encoded, sequence }] : [];
  }

  repeats({ key, sequence, row }: ReadyChange): boolean {
    const known = this.#state.get(key);
    if (known === null || known.sequence !== sequence || known.deleted !== (row === null)) return false;
    return row === null || known.content === this.#rows.contentOf(row);
  }

  contentAt(key: string): number | null {
    const known = this.#state.get(key);
    return known === null || known.deleted ? null : known.content;
  }

  rowKey(recordKey: string): string {
    return recordKey;
  }

  get alive(): number {
    return this.#state.alive;
  }

  restore({ recordKey, sequence, row, at }: RestoredChange): void {
    const change = { sequence, deleted: row === null, content: row === null ? 0 : this.#rows.contentOf(row) };
    this.#state.restore(recordKey, change, at);
  }

  settle(): void {}

  /** A change is one record, so it stands in the log whole or not at all. */
  records(): readonly Entry[] {
    return [];
  }

  forget(before: Instant): void {
    this.#state.forget(before);
  }
}

import type { Instant } from '@medallion/core';
import { type KnownChange, Scd2State, type Sequence, type Standing } from '@medallion/operators';
import { VALIDITY } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { RowDecoder, RowEncoder } from '../ports/index.ts';
import { CHANGELOG } from '../protocol/changelog.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { Entry, KeyedState, ReadyChange, RestoredChange } from './keyed-state.ts';

/** The state of a table of type 2: every change of every key, each as the bytes of a row that showed it. */
export class HistoryState implements KeyedState {
  readonly #rows: KeyedRows;
  readonly #encoder: RowEncoder;
  readonly #decoder: RowDecoder;
  readonly #state = new Scd2State();

  constructor(rows: KeyedRows, encoder: RowEncoder, decoder: RowDecoder) {
    this.#rows = rows;
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  get size(): number {
    return this.#state.size;
  }

  apply({ key, sequence, row, encoded }: ReadyChange, now: Instant): readonly Entry[] {
    const standing = this.#state.apply(key, this.#change(sequence, row, encoded), now);
    return standing.map((each, i) => this.#entry(key, each, i === 0 ? encoded : null));
  }

  repeats({ key, sequence, row }: ReadyChange): boolean {
    const known = this.#state.at(key, sequence);
    if (known === null || known.sequence !== sequence || known.deleted !== (row === null)) return false;
    return row === null || known.content === this.#rows.contentOf(row);
  }

  contentAt(key: string, sequence: Sequence): number | null {
    const known = this.#state.at(key, sequence);
    return known === null || known.deleted ? null : known.content;
  }

  rowKey(recordKey: string): string {
    return keyIn(recordKey);
  }

  get alive(): null {
    return null;
  }

  restore({ recordKey, sequence, row, value, at }: RestoredChange): void {
    const key = keyIn(recordKey);
    const own = row === null ? null : this.#own(row);
    this.#state.restore(key, this.#change(sequence, own, value), at);
    const end = row?.[VALIDITY.to] ?? null;
    if (end !== null && row?.[CHANGELOG.absorbed] !== true) this.#state.endsAt(key, end as Sequence);
  }

  settle(): void {
    this.#state.settle();
  }

  records(recordKey: string): readonly Entry[] {
    const key = keyIn(recordKey);
    return this.#state.standing(key).map((each) => this.#entry(key, each, null));
  }

  forget(before: Instant): void {
    this.#state.forget(before);
  }

  #change(sequence: Sequence, row: AnyRow | null, bytes: Buffer | null) {
    if (row === null) return { sequence, deleted: true, content: 0, tracked: 0, row: null };
    const { contentOf, trackedOf } = this.#rows;
    return { sequence, deleted: false, content: contentOf(row), tracked: trackedOf(row), row: bytes };
  }

  /** The record of a change; `fresh` are the bytes of a version that nothing ended or amended yet. */
  #entry(key: string, standing: Standing<KnownChange>, fresh: Buffer | null): Entry {
    const { sequence } = standing.change;
    // The sequence of the version behind the keys.
    const recordKey = Buffer.from(`${key.slice(0, -1)},${JSON.stringify(sequence)}]`);
    return { key: recordKey, value: this.#value(standing, fresh), sequence };
  }

  #value(standing: Standing<KnownChange>, fresh: Buffer | null): Buffer | null {
    if (standing.kind === 'deleted') return null;
    const { change } = standing;
    const untouched = standing.kind === 'version' && standing.end === null && standing.latest === change;
    if (untouched && fresh !== null) return fresh;
    const row = this.#read(change);
    if (standing.kind === 'absorbed') row[CHANGELOG.absorbed] = true;
    else {
      row[VALIDITY.to] = standing.end;
      if (standing.latest.address !== change.address) this.#amend(row, this.#read(standing.latest));
    }
    return this.#encoder.encode(row);
  }

  /** Shows the untracked columns of a later change; those of the version's own are kept beside them. */
  #amend(row: AnyRow, latest: AnyRow): void {
    row[CHANGELOG.amended] = true;
    for (const name of this.#rows.untracked) {
      row[`${CHANGELOG.own}${name}`] = row[name]!;
      row[name] = latest[name]!;
    }
  }

  /** The row of a change as it gave it. */
  #read(change: KnownChange): AnyRow {
    const bytes = this.#state.row(change);
    const decoded = this.#decoder.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    if (!('row' in decoded)) throw new Error(`invariant violated: a row that was kept is none: ${decoded.undecodable}`);
    return this.#rows.own(this.#own(decoded.row), change.sequence);
  }

  /** Takes back what `#amend` did. */
  #own(row: AnyRow): AnyRow {
    if (row[CHANGELOG.amended] !== true) return row;
    const own = { ...row };
    for (const name of this.#rows.untracked) own[name] = row[`${CHANGELOG.own}${name}`] ?? null;
    return own;
  }
}

/** The keys in the key of a version's record: all but its sequence. */
const keyIn = (recordKey: string): string => JSON.stringify((JSON.parse(recordKey) as unknown[]).slice(0, -1));

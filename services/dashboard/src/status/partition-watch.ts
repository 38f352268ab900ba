import type { Reading } from '@medallion/runtime';
import { Rate } from '@medallion/service';

/** Looks that are remembered of a partition: ten minutes of one every two seconds. */
const MAX_ENDS = 300;
/** Between looks further apart the end may have moved at any time. */
const MAX_GAP_MS = 10_000;
/** The timestamp of what waits is asked for no more often. */
const PROBE_EVERY_MS = 10_000;
/** What is unread for longer is looked at: the marks that transactions leave are no records, and nobody reads them. */
const DOUBT_AFTER_MS = 2_000;

/** Where the end was at a time. */
type End = { readonly atMs: number; readonly high: number };

/** What several looks at a partition and its reader tell. */
export type Watched = {
  readonly lagRecords: number;
  /** Since the oldest unread record came; null where nothing waits, or that is not known. */
  readonly lagMs: number | null;
  /** Since records wait and none was read; null where nothing waits. */
  readonly unmovedMs: number | null;
  readonly readPerSecond: number | null;
  readonly comePerSecond: number | null;
  /** When its reader was last seen to move, or says that it did, in the time of `look`; null before that. */
  readonly movedAtMs: number | null;
  /** Since the end was seen to move; null before that. */
  readonly quietMs: number | null;
  /** For so long, at least, nothing came: since the end was seen to move, or since it is looked at. */
  readonly stillMs: number;
  /** Whether its reader has ever said where it is. */
  readonly seen: boolean;
};

/**
 * One partition and one reader of it, over time. When the oldest unread record came is told by when the end passed its
 * offset, exact to the time between two looks; what was there before the first look, or came in a pause, has to be asked for
 * (`wantsTimestamp`, `asked`, `learn`).
 *
 *   read ──position moves──▶ read
 *     └──records wait, and the position stays──▶ unmoved (since the later of the two) ──it moves, or nothing waits──▶ read
 */
export class PartitionWatch {
  readonly #read = new Rate();
  readonly #come = new Rate();
  readonly #firstMs: number;
  #last: Reading;
  #atMs: number;
  #movedMs: number | null;
  #waitsSinceMs: number | null;
  #endMovedMs: number | null = null;
  #ends: End[];
  /** A record whose timestamp was read: the end passed its offset then. */
  #known: End | null = null;
  /** Nothing but marks is between these offsets. */
  #empty: { readonly from: number; readonly to: number } | null = null;
  #askedMs = Number.NEGATIVE_INFINITY;

  /** @param movedMs when the reader last moved, or took over, where it says so itself */
  constructor(reading: Reading, atMs: number, movedMs: number | null = null) {
    this.#firstMs = atMs;
    this.#last = reading;
    this.#atMs = atMs;
    this.#movedMs = movedMs;
    this.#ends = [{ atMs, high: reading.high }];
    this.#waitsSinceMs = this.#unread() > 0 ? atMs : null;
    this.#count(reading, atMs);
  }

  /** Takes in another look. */
  look(reading: Reading, atMs: number): void {
    const before = this.#last;
    if (reading.high < before.high) {
      // Another log of the same name.
      this.#ends = [];
      this.#known = null;
    }
    // Taking over a lease is no reading: a reader that only does that again and again is stalled.
    if (reading.next !== before.next || reading.mark !== before.mark) this.#movedMs = atMs;
    if (reading.high !== before.high) this.#endMovedMs = atMs;
    this.#last = reading;
    if (this.#unread() === 0) this.#waitsSinceMs = null;
    else this.#waitsSinceMs ??= atMs;
    this.#ends.push({ atMs, high: reading.high });
    if (this.#ends.length > MAX_ENDS) this.#ends.shift();
    this.#atMs = atMs;
    this.#count(reading, atMs);
  }

  #count(reading: Reading, atMs: number): void {
    this.#read.add(atMs, readUpTo(reading));
    this.#come.add(atMs, reading.high);
  }

  /** The offset of the oldest unread record, where its timestamp has to be asked for; null where it need not. */
  wantsTimestamp(): number | null {
    const offset = this.#oldest();
    if (this.#unread() === 0 || this.#atMs - this.#askedMs < PROBE_EVERY_MS || this.#known?.high === offset)
      return null;
    const doubted = (this.watched.unmovedMs ?? 0) >= DOUBT_AFTER_MS;
    return doubted || this.#observed(offset) === null ? offset : null;
  }

  /** That it was asked for, so that it is not asked for again at once, whatever becomes of that. */
  asked(): void {
    this.#askedMs = this.#atMs;
  }

  /** The timestamp of the first record from an offset on, in the time of `look`; null where there is none. */
  learn(offset: number, timestampMs: number | null): void {
    if (timestampMs !== null) this.#known = { atMs: timestampMs, high: offset };
    else if (offset === this.#oldest()) {
      this.#empty = { from: readUpTo(this.#last), to: this.#last.high };
      this.#waitsSinceMs = null;
    }
  }

  get watched(): Watched {
    const now = this.#atMs;
    const lagRecords = this.#unread();
    const came = lagRecords === 0 ? null : this.#cameMs();
    return {
      lagRecords,
      lagMs: came === null ? null : Math.max(0, now - came),
      unmovedMs: lagRecords === 0 ? null : Math.max(0, now - this.#unmovedSince(came)),
      movedAtMs: this.#movedMs,
      readPerSecond: this.#read.perSecond,
      comePerSecond: this.#come.perSecond,
      quietMs: this.#endMovedMs === null ? null : now - this.#endMovedMs,
      stillMs: now - (this.#endMovedMs ?? this.#firstMs),
      seen: this.#last.next !== null,
    };
  }

  /** The later of the last move and of the arrival of what waits; seen here, or told by reader and record. */
  #unmovedSince(cameMs: number | null): number {
    const waits = Math.min(this.#waitsSinceMs ?? this.#atMs, cameMs ?? Number.POSITIVE_INFINITY);
    // A reader that was never seen to move, and does not say when it did, may have moved just before the first look.
    return Math.max(waits, this.#movedMs ?? this.#firstMs);
  }

  #unread(): number {
    return Math.max(0, this.#last.high - this.#oldest());
  }

  /** The offset of the oldest unread record, or of the end. */
  #oldest(): number {
    const from = readUpTo(this.#last);
    return this.#empty?.from === from ? Math.max(from, this.#empty.to) : from;
  }

  /** When the oldest unread record came. */
  #cameMs(): number | null {
    const offset = this.#oldest();
    const observed = this.#observed(offset);
    if (observed !== null) return observed;
    const known = this.#known;
    if (known === null || known.high > offset) return null;
    const next = this.#ends.find(({ high }) => high > offset);
    return next === undefined || known.atMs >= next.atMs ? known.atMs : between(known, next, offset);
  }

  /** When the end was seen to pass an offset; null where no two looks near each other tell. */
  #observed(offset: number): number | null {
    const i = this.#ends.findIndex(({ high }) => high > offset);
    const [before, after] = [this.#ends[i - 1], this.#ends[i]];
    if (before === undefined || after === undefined || after.atMs - before.atMs > MAX_GAP_MS) return null;
    return between(before, after, offset + 0.5);
  }
}

const readUpTo = ({ low, next }: Reading): number => Math.max(low, next ?? 0);

/** Where records come evenly between two looks, when the end passed `offset`. */
const between = (before: End, after: End, offset: number): number =>
  before.atMs + ((offset - before.high) / (after.high - before.high)) * (after.atMs - before.atMs);

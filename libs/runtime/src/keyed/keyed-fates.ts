import type { LogRecord, Offset, TopicPartition } from '../ports/index.ts';
import { CHANGELOG_HEADER } from '../protocol/changelog.ts';
import { coordinateOf, parseCoordinate } from '../protocol/coordinates.ts';
import { type FenceParts, fenced, type Term } from '../protocol/fence.ts';
import { fromLedgerRecord, type Ledger, ledgerOf } from '../protocol/ledger.ts';
import { fromTrace, warnedOf } from '../protocol/trace.ts';
import { type Fate, type KnownFates, type Settled, settledBy } from '../streaming/fates.ts';

/**
 * What a flow of a keyed table has settled: its last ledger, and the changes that stand behind that one. An append is
 * mostly whole, and ends with a ledger; where one was cut, the changes that stand say of which records they were (L2).
 */
export class KeyedFates implements KnownFates {
  readonly #flow: string;
  readonly #fates = new Map<string, Fate & { readonly kind: 'done' }>();
  readonly #scale: number;
  #ledger: Ledger | null = null;
  /** Of the records of rows that a snapshot removed, by key, the snapshot. */
  readonly #removed = new Map<string, Offset>();
  #end: Offset = -1;
  #lastTrace: Offset = -1;
  #term: Term | undefined;

  /** `scale`: how many offsets of records there are for one of the flow's input, as the rows of files have. */
  constructor(flow: string, scale = 1) {
    this.#flow = flow;
    this.#scale = scale;
  }

  /** The last ledger of the flow that counts. */
  get ledger(): Ledger | null {
    return this.#ledger;
  }

  /** Takes the next record of the changelog that stands where it was expected. */
  take(record: LogRecord, at: TopicPartition): void {
    const owner = ledgerOf(record);
    if (owner === this.#flow) {
      this.#ledger = fromLedgerRecord(record, at);
      this.#forget(this.#ledger.next * this.#scale);
    }
    const from = record.headers[CHANGELOG_HEADER.from];
    const coordinate = from === undefined ? null : parseCoordinate(from.toString());
    if (owner !== null || coordinate === null || coordinate.flow !== this.#flow) return;
    if (coordinate.index > 0) this.#removed.set(String(record.key), coordinate.offset);
    else {
      const outcome = record.value === null ? 'deleted' : 'accepted';
      this.#settle(coordinate, { outcome, judged: true, warned: warnedOf(record.headers), violations: [] });
    }
  }

  /**
   * Fences the quarantine, and takes the traces of records from `next` on: for a flow whose verdicts may be others now. Its
   * changelog must be fenced before, by a ledger that stands: such a flow writes traces only when the changes of their
   * round stand, and no ledger before the traces do (P10, L3).
   */
  async readTraces(parts: Omit<FenceParts, 'flow'>, topic: string, next: Offset): Promise<void> {
    const outputs = () => [
      {
        ...{ topic, from: this.#ledger?.traces ?? 0 },
        take: (record: LogRecord) => {
          const coordinate = coordinateOf(record)!;
          const settled = settledBy(fromTrace(record.headers));
          if (settled === null || coordinate.offset < next * this.#scale) return;
          this.#settle(coordinate, settled);
          this.#lastTrace = coordinate.offset;
        },
      },
    ];
    this.#term = await fenced({ ...parts, flow: this.#flow }, outputs, this.#ledger?.term ?? 0);
  }

  get term(): Term | undefined {
    return this.#term;
  }

  get end(): Offset {
    return this.#end;
  }

  of(offset: Offset, index: number): Fate | null {
    return this.#fates.get(`${offset}:${index}`) ?? (offset < this.#lastTrace ? NOT_REFUSED : null);
  }

  /** What became of records from one offset up to another, and how many rows a snapshot of these had removed. */
  between(first: Offset, last: Offset): { readonly settled: readonly Settled[]; readonly removed: number } {
    const settled = [...this.#fates].flatMap(([place, fate]) => {
      const offset = offsetIn(place);
      return offset >= first && offset < last && fate.settled !== null ? [fate.settled] : [];
    });
    return { settled, removed: this.removed(first, last) };
  }

  /** What a ledger speaks of is settled for good. */
  #forget(before: Offset): void {
    for (const place of this.#fates.keys()) if (offsetIn(place) < before) this.#fates.delete(place);
    for (const [key, offset] of this.#removed) if (offset < before) this.#removed.delete(key);
  }

  /** Rows that a snapshot between two offsets had removed. */
  removed(first: Offset, last: Offset): number {
    return [...this.#removed.values()].filter((offset) => offset >= first && offset < last).length;
  }

  #settle({ offset, index }: { readonly offset: Offset; readonly index: number }, settled: Settled): void {
    // A change that was written again, as its append was cut, is the same.
    if (!this.#fates.has(`${offset}:${index}`)) this.#fates.set(`${offset}:${index}`, { kind: 'done', settled });
    this.#end = Math.max(this.#end, offset);
  }
}

const NOT_REFUSED: Fate = { kind: 'not refused' };

const offsetIn = (place: string): Offset => Number(place.slice(0, place.indexOf(':')));

import type { StreamingTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { Offset, RowDecoder, TopicPartition, Violation } from '../ports/index.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import { type FenceParts, fenced, type Output, type Term } from '../protocol/fence.ts';
import type { KeyedOutcome } from '../protocol/ledger.ts';
import { fromTrace, type Trace, warnedOf } from '../protocol/trace.ts';

/** What had become of a row, and what its rules had said. */
export type Settled = {
  readonly outcome: KeyedOutcome;
  readonly judged: boolean;
  readonly warned: readonly string[];
  readonly violations: readonly Violation[];
};

/** What had become of a row when the flow ended before it could say so in a checkpoint. */
export type Fate =
  /** It is in the table, as it stands there, at that offset of the table's own partition. */
  | { readonly kind: 'kept'; readonly row: AnyRow; readonly at: Offset; readonly settled: Settled }
  /** It left a trace, changed a keyed table, or left nothing: then nothing is settled. */
  | { readonly kind: 'done'; readonly settled: Settled | null }
  /** It is not in the table, and cannot be any more: a reader would skip it. */
  | { readonly kind: 'not kept' }
  /** It left no trace, and cannot any more: a reader would skip it. */
  | { readonly kind: 'not refused' };

/** The fates of the records behind a position. */
export interface KnownFates {
  /** The term that the flow writes in, where it fences its outputs. */
  readonly term?: Term | undefined;
  /** The last record of which something was written; -1 for none. */
  readonly end: Offset;
  /** What became of a row of a record; null when nothing is known, so that it may become anything. */
  of(offset: Offset, index: number): Fate | null;
}

/** What is needed to read what a flow has written. */
export type FateParts = Omit<FenceParts, 'partition'> & {
  readonly table: StreamingTablePlan;
  /** Reads the table's own rows. */
  readonly ownRows: RowDecoder;
};

const DONE: Fate = { kind: 'done', settled: null };
const NOT_KEPT: Fate = { kind: 'not kept' };
const BEFORE_ALL: Place = { offset: -1, index: -1 };

/**
 * The fates of the records behind a checkpoint that were processed before, of a flow whose verdicts may be others now (a
 * keyed table that it joins with has changed; an ingestion is later). What is in the table or in quarantine stays so, or
 * a record would be in both, or in neither (P9).
 *
 * Rows are written before traces, each round before the next one. So when a greater coordinate is among the traces, the
 * record's row was written if it had one; when one is among the rows, it had none if it is not there. The outputs are
 * fenced before they are read, so nobody adds to them later (P10).
 */
export class Fates implements KnownFates {
  readonly #rows = new Map<string, Fate>();
  readonly #traces = new Map<string, Fate>();
  #lastRow: Place = BEFORE_ALL;
  #lastTrace: Place = BEFORE_ALL;
  #term: Term | undefined;

  /** Fences the flow's outputs, and reads what it has written of records from the position on. */
  static async read(
    { table, ownRows, ...parts }: FateParts,
    { partition }: TopicPartition,
    { next, outputs, term }: FlowPosition,
  ): Promise<Fates> {
    let fates = new Fates();
    const outputsOf = (): readonly Output[] => {
      fates = new Fates();
      const { topic, quarantineTopic } = table;
      return [
        {
          ...{ topic, from: outputs?.rows ?? 0 },
          prepare: (records) => ownRows.prepare(records.map(({ value }) => value)),
          take: (record, coordinate) => {
            if (coordinate.offset < next) return;
            const decoded = ownRows.decode(record.value);
            const settled: Settled = { ...KEPT, warned: warnedOf(record.headers) };
            const fate: Fate = 'row' in decoded ? { kind: 'kept', row: decoded.row, at: record.offset, settled } : DONE;
            fates.#rows.set(keyOf(coordinate), fate);
            fates.#lastRow = coordinate;
          },
        },
        {
          ...{ topic: quarantineTopic, from: outputs?.traces ?? 0 },
          take: (record, coordinate) => {
            if (coordinate.offset < next) return;
            fates.#traces.set(keyOf(coordinate), { kind: 'done', settled: settledBy(fromTrace(record.headers)) });
            fates.#lastTrace = coordinate;
          },
        },
      ];
    };
    const begun = await fenced({ ...parts, partition }, outputsOf, term ?? 0);
    fates.#term = begun;
    return fates;
  }

  get term(): Term | undefined {
    return this.#term;
  }

  get end(): Offset {
    return Math.max(this.#lastRow.offset, this.#lastTrace.offset);
  }

  of(offset: Offset, index: number): Fate | null {
    const place = { offset, index };
    const found = this.#rows.get(keyOf(place)) ?? this.#traces.get(keyOf(place));
    if (found !== undefined) return found;
    if (isBefore(place, this.#lastTrace)) return DONE;
    return isBefore(place, this.#lastRow) ? NOT_KEPT : null;
  }
}

/** What a trace says of its record. */
export const settledBy = (trace: Trace | null): Settled | null =>
  trace === null
    ? null
    : { outcome: trace.outcome, judged: trace.judged, warned: trace.warned, violations: trace.violations };

const KEPT: Settled = { outcome: 'accepted', judged: true, warned: [], violations: [] };

type Place = { readonly offset: Offset; readonly index: number };

const keyOf = ({ offset, index }: Place): string => `${offset}:${index}`;

const isBefore = (a: Place, b: Place): boolean => a.offset < b.offset || (a.offset === b.offset && a.index < b.index);

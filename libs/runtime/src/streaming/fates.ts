import type { StreamingTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { LogRecord, Offset, RecordLog, RowDecoder, TopicPartition } from '../ports/index.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import { type Coordinate, Coordinates, coordinateOf } from '../protocol/coordinates.ts';

/** What had become of a row when the flow ended before it could say so in a checkpoint. */
export type Fate =
  /** It is in the table, as it stands there. */
  | { readonly kind: 'kept'; readonly row: AnyRow }
  /** It left a trace, or neither row nor trace. */
  | { readonly kind: 'done' }
  /** It is not in the table, and cannot be any more: a reader would skip it. */
  | { readonly kind: 'not kept' };

/** What is needed to read what a flow has written. */
export type FateParts = {
  readonly log: RecordLog;
  readonly table: StreamingTablePlan;
  readonly flow: string;
  /** Reads the table's own rows. */
  readonly ownRows: RowDecoder;
};

const DONE: Fate = { kind: 'done' };
const NOT_KEPT: Fate = { kind: 'not kept' };
const BEFORE_ALL = { offset: -1, index: -1 };

/**
 * The fates of the records behind a checkpoint that were processed before, of a flow whose verdicts may be others now (a
 * keyed table that it joins with has changed; an ingestion is later). What is in the table or in quarantine stays so, or
 * a record would be in both, or in neither (P9).
 *
 * Rows are written before traces, each round before the next one. So when a greater coordinate is among the traces, the
 * record's row was written if it had one; when one is among the rows, it had none if it is not there.
 */
export class Fates {
  readonly #rows = new Map<string, AnyRow | null>();
  readonly #traces = new Set<string>();
  #lastRow: { readonly offset: Offset; readonly index: number } = BEFORE_ALL;
  #lastTrace: { readonly offset: Offset; readonly index: number } = BEFORE_ALL;

  /** Reads what the flow has written of records from the position on. */
  static async read(
    { log, table, flow, ownRows }: FateParts,
    { partition }: TopicPartition,
    { next, outputs }: FlowPosition,
  ): Promise<Fates> {
    const fates = new Fates();
    const read = async (
      topic: string,
      from: Offset,
      take: (record: LogRecord, coordinate: Coordinate) => void,
      prepare: (records: readonly LogRecord[]) => Promise<void>,
    ) => {
      const counted = new Coordinates();
      for await (const records of log.read({ topic, partition }, from)) {
        await prepare(records);
        for (const record of records) {
          const coordinate = coordinateOf(record);
          if (coordinate === null || coordinate.flow !== flow || coordinate.partition !== partition) continue;
          if (coordinate.offset >= next && counted.advance(coordinate)) take(record, coordinate);
        }
      }
    };
    await read(
      table.topic,
      outputs?.rows ?? 0,
      (record, coordinate) => {
        const decoded = ownRows.decode(record.value);
        fates.#rows.set(keyOf(coordinate), 'row' in decoded ? decoded.row : null);
        fates.#lastRow = coordinate;
      },
      (records) => ownRows.prepare(records.map(({ value }) => value)),
    );
    await read(
      table.quarantineTopic,
      outputs?.traces ?? 0,
      (_, coordinate) => {
        fates.#traces.add(keyOf(coordinate));
        fates.#lastTrace = coordinate;
      },
      async () => {},
    );
    return fates;
  }

  /** The last record of which something was written; -1 for none. */
  get end(): Offset {
    return Math.max(this.#lastRow.offset, this.#lastTrace.offset);
  }

  /** What became of a row of a record; null when nothing is known, so that it may become anything. */
  of(offset: Offset, index: number): Fate | null {
    const place = { offset, index };
    const row = this.#rows.get(keyOf(place));
    if (row !== undefined) return row === null ? DONE : { kind: 'kept', row };
    if (this.#traces.has(keyOf(place)) || isBefore(place, this.#lastTrace)) return DONE;
    return isBefore(place, this.#lastRow) ? NOT_KEPT : null;
  }
}

type Place = { readonly offset: Offset; readonly index: number };

const keyOf = ({ offset, index }: Place): string => `${offset}:${index}`;

const isBefore = (a: Place, b: Place): boolean => a.offset < b.offset || (a.offset === b.offset && a.index < b.index);

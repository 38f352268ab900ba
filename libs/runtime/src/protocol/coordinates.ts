import type { LogRecord, Offset } from '../ports/index.ts';

/** The header that carries a record's coordinate. */
export const SRC = 'src';

/**
 * Where a record came from: the flow that wrote it, and partition, offset and index (of several records made of one)
 * of the record that it was made of. Text form, as in the `src` header: `flow:partition:offset:index`.
 */
export type Coordinate = {
  readonly flow: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly index: number;
};

/** The text form of a coordinate. */
export const formatCoordinate = (flow: string, partition: number, offset: Offset, index: number): string =>
  `${flow}:${partition}:${offset}:${index}`;

const FORM = /^(.+):(\d{1,9}):(\d{1,16}):(\d{1,9})$/;

/** Reads a coordinate; null when the text is none. Flow names hold no colon (they are table names). */
export function parseCoordinate(text: string): Coordinate | null {
  const found = FORM.exec(text);
  if (found === null) return null;
  const offset = Number(found[3]);
  return Number.isSafeInteger(offset)
    ? { flow: found[1]!, partition: Number(found[2]), offset, index: Number(found[4]) }
    : null;
}

/** The coordinate of a record, or null when nobody who follows the protocol wrote it. */
export function coordinateOf(record: LogRecord): Coordinate | null {
  const header = record.headers[SRC];
  if (header === undefined) return null;
  return parseCoordinate(typeof header === 'string' ? header : header.toString('latin1'));
}

/**
 * The greatest coordinate seen of each source partition of each flow (SPEC P3): a record whose coordinate is not
 * greater is a repetition.
 */
export class Coordinates {
  readonly #greatest = new Map<string, Map<number, { offset: Offset; index: number }>>();

  /** Whether a record is new; then it is remembered. */
  advance({ flow, partition, offset, index }: Coordinate): boolean {
    let partitions = this.#greatest.get(flow);
    if (partitions === undefined) {
      partitions = new Map();
      this.#greatest.set(flow, partitions);
    }
    const seen = partitions.get(partition);
    if (seen === undefined) {
      partitions.set(partition, { offset, index });
      return true;
    }
    if (offset < seen.offset || (offset === seen.offset && index <= seen.index)) return false;
    seen.offset = offset;
    seen.index = index;
    return true;
  }

  /** A copy that goes its own way. */
  clone(): Coordinates {
    return Coordinates.from(this.entries());
  }

  /** By `flow:partition`, `offset:index`. */
  entries(): Readonly<Record<string, string>> {
    const entries: Record<string, string> = {};
    for (const [flow, partitions] of this.#greatest)
      for (const [partition, { offset, index }] of partitions) entries[`${flow}:${partition}`] = `${offset}:${index}`;
    return entries;
  }

  /** Throws RangeError when an entry is not of the form that `entries` gives. */
  static from(entries: Readonly<Record<string, string>>): Coordinates {
    const coordinates = new Coordinates();
    for (const [source, reached] of Object.entries(entries)) {
      const coordinate = parseCoordinate(`${source}:${reached}`);
      if (coordinate === null) throw new RangeError(`not a coordinate: ${source}:${reached}`);
      coordinates.advance(coordinate);
    }
    return coordinates;
  }
}

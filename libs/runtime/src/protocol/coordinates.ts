import type { LogRecord, Offset } from '../ports/index.ts';

/** The header that carries a record's coordinate. */
export const SRC = 'src';

/**
 * Headers of a flow whose verdicts may be others when it starts again (SPEC P9): `term` is greater for whoever opened the
 * partition later, on all that it writes; `fence` is on a record that is nothing but the beginning of a term.
 */
export const TERM_HEADER = { term: 'medallion.term', fence: 'medallion.fence' } as const;

/**
 * Where a record came from: the flow that wrote it, and partition, offset and index (of several records made of one)
 * of the record that it was made of. Text form, as in the `src` header: `flow:partition:offset:index`.
 */
export type Coordinate = {
  readonly flow: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly index: number;
  /** Of flows that fence their outputs. */
  readonly term?: number;
};

/** The text form of a coordinate. */
export const formatCoordinate = (flow: string, partition: number, offset: Offset, index: number): string =>
  `${flow}:${partition}:${offset}:${index}`;

const FORM = /^(.+):(\d{1,9}):(\d{1,16}):(\d{1,9})$/s;

/** Reads a coordinate; null when the text is none. Flow names hold no colon (they are table names). */
export function parseCoordinate(text: string): Coordinate | null {
  const found = FORM.exec(text);
  if (found === null) return null;
  const offset = Number(found[3]);
  return Number.isSafeInteger(offset)
    ? { flow: found[1]!, partition: Number(found[2]), offset, index: Number(found[4]) }
    : null;
}

/**
 * The coordinate of a record, or null when nobody who follows the protocol wrote it. That of a fence is before all others,
 * and never new.
 */
export function coordinateOf({ headers }: Pick<LogRecord, 'headers'>): Coordinate | null {
  const header = headers[SRC];
  if (header === undefined) return null;
  const coordinate = typeof header === 'string' ? parseCoordinate(header) : coordinateIn(header);
  const term = headers[TERM_HEADER.term];
  if (term === undefined || coordinate === null) return coordinate;
  const number = Number(term.toString());
  if (!Number.isSafeInteger(number) || number < 0) return null;
  return headers[TERM_HEADER.fence] === undefined
    ? { ...coordinate, term: number }
    : { ...coordinate, ...BEFORE_ALL, term: number };
}

const BEFORE_ALL = { offset: -1, index: -1 } as const;

const COLON = 58;
const ZERO = 48;
/** Of partition, offset and index. More of them are read the strict way, or are none. */
const FEW_DIGITS = [9, 14, 9] as const;

// The flow of the record before: neighbours come from the same one, so its name is not decoded for each.
let lastFlow = '';
let lastFlowBytes: Buffer = Buffer.alloc(0);

/** As `parseCoordinate`, from the bytes of a header: it is done for every record that is read. */
function coordinateIn(bytes: Buffer): Coordinate | null {
  let at = bytes.length;
  const numbers: [number, number, number] = [0, 0, 0];
  for (let n = 2; n >= 0; n--) {
    let value = 0;
    let scale = 1;
    const end = at;
    while (at > 0) {
      const digit = bytes[at - 1]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value += digit * scale;
      scale *= 10;
      at--;
    }
    at--;
    if (end - at - 1 < 1 || end - at - 1 > FEW_DIGITS[n]! || at < 0 || bytes[at] !== COLON)
      return parseCoordinate(bytes.toString('latin1'));
    numbers[n] = value;
  }
  if (at === 0) return null;
  const [partition, offset, index] = numbers;
  return { flow: flowName(bytes, at), partition, offset, index };
}

function flowName(bytes: Buffer, length: number): string {
  if (lastFlowBytes.length === length) {
    let i = 0;
    while (i < length && bytes[i] === lastFlowBytes[i]) i++;
    if (i === length) return lastFlow;
  }
  lastFlow = bytes.toString('latin1', 0, length);
  lastFlowBytes = Buffer.from(bytes.subarray(0, length));
  return lastFlow;
}

type Reached = { offset: Offset; index: number; term: number };

/** Of flows that fence nothing. */
const NO_TERM = 0;

/**
 * The greatest coordinate seen of each source partition of each flow (SPEC P3): a record whose coordinate is not
 * greater is a repetition. And its greatest term (P10): a record of a lesser one does not count, whatever it is.
 */
export class Coordinates {
  readonly #greatest = new Map<string, Map<number, Reached>>();

  /** Whether a record is new; nothing is remembered. */
  isNew({ flow, partition, offset, index, term = NO_TERM }: Coordinate): boolean {
    const seen = this.#greatest.get(flow)?.get(partition);
    if (seen === undefined) return offset >= 0;
    return term >= seen.term && (offset > seen.offset || (offset === seen.offset && index > seen.index));
  }

  /** Whether a record is new; then it is remembered. Its term is in any case. */
  advance({ flow, partition, offset, index, term = NO_TERM }: Coordinate): boolean {
    let partitions = this.#greatest.get(flow);
    if (partitions === undefined) {
      partitions = new Map();
      this.#greatest.set(flow, partitions);
    }
    const seen = partitions.get(partition);
    if (seen === undefined) {
      partitions.set(partition, { offset, index, term });
      return offset >= 0;
    }
    if (term < seen.term) return false;
    seen.term = term;
    if (offset < seen.offset || (offset === seen.offset && index <= seen.index)) return false;
    seen.offset = offset;
    seen.index = index;
    return true;
  }

  /** Whether a record is none of a term that is over, and no fence, however often it stands there; its term is remembered. */
  isInTerm({ flow, partition, offset, term = NO_TERM }: Coordinate): boolean {
    const reached = this.term(flow, partition);
    if (term > reached) this.raise(flow, partition, term);
    return term >= reached && offset >= 0;
  }

  /** The greatest term seen of a flow's partition; 0 for none. */
  term(flow: string, partition: number): number {
    return this.#greatest.get(flow)?.get(partition)?.term ?? NO_TERM;
  }

  /** Records of lesser terms do not count from now on. */
  raise(flow: string, partition: number, term: number): void {
    this.advance({ flow, partition, ...BEFORE_ALL, term });
  }

  /** A copy that goes its own way. */
  clone(): Coordinates {
    return Coordinates.from(this.entries());
  }

  /** By `flow:partition`, `offset:index`, with `:term` where there is one; offset and index are -1 where none was seen. */
  entries(): Readonly<Record<string, string>> {
    const entries: Record<string, string> = {};
    for (const [flow, partitions] of this.#greatest)
      for (const [partition, { offset, index, term }] of partitions)
        entries[`${flow}:${partition}`] = term === NO_TERM ? `${offset}:${index}` : `${offset}:${index}:${term}`;
    return entries;
  }

  /** Throws RangeError when an entry is not of the form that `entries` gives. */
  static from(entries: Readonly<Record<string, string>>): Coordinates {
    const coordinates = new Coordinates();
    for (const [source, reached] of Object.entries(entries)) {
      const found = ENTRY.exec(reached);
      const coordinate = found === null ? null : parseCoordinate(`${source}:0:0`);
      if (found === null || coordinate === null) throw new RangeError('a coordinate of it is none');
      const [, offset, index, term] = found;
      coordinates.advance({
        ...coordinate,
        offset: Number(offset),
        index: Number(index),
        ...(term === undefined ? {} : { term: Number(term) }),
      });
    }
    return coordinates;
  }
}

const ENTRY = /^(-1|\d{1,16}):(-1|\d{1,9})(?::(\d{1,16}))?$/;

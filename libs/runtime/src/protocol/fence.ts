import { randomUUID } from 'node:crypto';
import { type Clock, MedallionError } from '@medallion/core';
import type { Appender, LogRecord, Offset, OutRecord, RecordLog } from '../ports/index.ts';
import { type Coordinate, Coordinates, coordinateOf, formatCoordinate, SRC, TERM_HEADER } from './coordinates.ts';

/** An output of a flow: where it is read from, and what is done with the flow's records of it that count. */
export type Output = {
  readonly topic: string;
  readonly from: Offset;
  readonly prepare?: (records: readonly LogRecord[]) => Promise<void>;
  readonly take: (record: LogRecord, coordinate: Coordinate) => void;
};

/** What fencing a flow's outputs takes. */
export type FenceParts = {
  readonly log: RecordLog;
  readonly appender: Appender;
  readonly clock: Clock;
  readonly flow: string;
  /** The partition of the flow's input, and of its outputs. */
  readonly partition: number;
};

/** Consecutive records that were appended: from an offset up to, not with, another. */
export type Appended = { readonly offset: Offset; readonly end: Offset };

/**
 * A term that was begun. It lasts until somebody else begins one, who may believe wrongly that the partition is his; so
 * whoever writes in it looks at what came between his own records, and stores no checkpoint of what does not count.
 */
export class Term {
  readonly number: number;
  readonly #parts: FenceParts;
  /** The outputs, in the order in which the flow writes them, and the end of what is known of each. */
  readonly #outputs: { readonly topic: string; known: Offset }[];

  constructor(
    number: number,
    parts: FenceParts,
    outputs: readonly { readonly topic: string; readonly known: Offset }[],
  ) {
    this.number = number;
    this.#parts = parts;
    this.#outputs = outputs.map((output) => ({ ...output }));
  }

  /** Whether records that were appended to an output count: no later term began before them. */
  async holds(output: number, { offset, end }: Appended): Promise<boolean> {
    const { log, flow, partition } = this.#parts;
    const of = this.#outputs[output]!;
    const { topic, known: from } = of;
    of.known = end;
    if (offset === from) return true;
    for await (const records of log.read({ topic, partition }, from))
      for (const record of records) {
        if (record.offset >= offset) return true;
        const coordinate = coordinateOf(record);
        if (coordinate?.flow === flow && coordinate.partition === partition && (coordinate.term ?? 0) > this.number)
          return false;
      }
    return true;
  }
}

/** Others can open the same partition at the same moment so often, one after the other, until that is an error. */
const TRIES = 5;

/**
 * Begins a term: what a former owner of the partition had in hand does not count where it lands behind the fence, for any
 * reader, and what stands before the fences is given to `take`. So nobody can add to what was read (SPEC P10).
 *
 *   fence in the last output ──▶ … ──▶ fence in the first ──▶ read all of them ──another's fence, as late or later──▶ again
 *
 * `outputs` in the order in which the flow writes them: it is fenced the other way round, so whatever an output has of a
 * round that was cut short, those before it have all of that round.
 */
export async function fenced(parts: FenceParts, outputs: () => readonly Output[], known: number): Promise<Term> {
  const { log, appender, clock, flow, partition } = parts;
  let greatest = known;
  for (let tried = 1; tried <= TRIES; tried++) {
    // By the clock, so that it is greater also where all that was known is gone.
    const term = Math.max(greatest + 1, clock.now());
    const mine = randomUUID();
    const all = outputs();
    for (const { topic } of all.toReversed())
      await appender.append([{ topic, partition, records: [fence(flow, partition, term, mine)] }]);
    let alone = true;
    const read: { readonly topic: string; known: Offset }[] = [];
    for (const { topic, from, prepare, take } of all) {
      const counted = new Coordinates();
      counted.raise(flow, partition, known);
      const output = { topic, known: from };
      read.push(output);
      for await (const records of log.read({ topic, partition }, from)) {
        await prepare?.(records);
        output.known = records.at(-1)!.offset + 1;
        for (const record of records) {
          const coordinate = coordinateOf(record);
          if (coordinate === null || coordinate.flow !== flow || coordinate.partition !== partition) continue;
          const { term: other = 0 } = coordinate;
          greatest = Math.max(greatest, other);
          if (other >= term && record.headers[TERM_HEADER.fence]?.toString() !== mine) alone = false;
          if (counted.advance(coordinate)) take(record, coordinate);
        }
      }
    }
    if (alone) return new Term(term, parts, read);
  }
  throw new MedallionError('MED_APPEND_FAILED', {
    topic: outputs()[0]!.topic,
    reason: 'other instances open the same partition at the same time',
  });
}

/** A record that is nothing but the beginning of a term. */
function fence(flow: string, partition: number, term: number, nonce: string): OutRecord {
  const headers = {
    [SRC]: formatCoordinate(flow, partition, 0, 0),
    [TERM_HEADER.term]: String(term),
    [TERM_HEADER.fence]: nonce,
  };
  // With a key, as topics that are compacted take no record without one.
  return { key: Buffer.from(JSON.stringify({ fence: flow, partition })), value: null, headers };
}

/** The record with the term of who writes it. */
export const inTerm = (record: OutRecord, term: number | undefined): OutRecord =>
  term === undefined ? record : { ...record, headers: { ...record.headers, [TERM_HEADER.term]: String(term) } };

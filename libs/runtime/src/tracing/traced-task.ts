import type { Instant, MedallionError, Span } from '@medallion/core';
import type { Offset, OutRecord, PartitionBatch, TopicPartition } from '../ports/index.ts';
import { CHANGELOG_HEADER } from '../protocol/changelog.ts';
import type { FlowPosition } from '../protocol/checkpoint.ts';
import { SRC } from '../protocol/coordinates.ts';
import type { Appended } from '../protocol/fence.ts';
import type { BatchResult, FlowTask } from '../streaming/flow-task.ts';
import { beginHops, codeOf, endHop, type HopParts, type Hops, NO_HOPS, sayRefused, sayWarned } from './hops.ts';
import { formatTraceparent, TRACEPARENT } from './traceparent.ts';

/**
 * A task that reports the way of followed records: a span for each, from when its batch is processed until what became of it
 * is acknowledged, and its context as a header of that. What the inner task decides is the same with it and without, and
 * readers decide nothing by that header: a record that is processed again may well be followed in another trace.
 *
 *   process: spans begin ──▶ written ──▶ appended: spans end
 *                               └─ it does not stand ─▶ spans end: it is processed again
 *
 * Spans of records that are thrown away with their task, as their append failed, are not reported.
 */
export class TracedTask implements FlowTask {
  readonly #inner: FlowTask;
  readonly #parts: HopParts;
  #hops: Hops = NO_HOPS;
  #outcomes: ReadonlyMap<Offset, string> = new Map();

  constructor(inner: FlowTask, parts: HopParts) {
    this.#inner = inner;
    this.#parts = parts;
  }

  process(batch: PartitionBatch, ingestedAt: Instant): BatchResult {
    const hops = beginHops(batch, this.#parts);
    if (hops === NO_HOPS) {
      this.#hops = NO_HOPS;
      return this.#inner.process(batch, ingestedAt);
    }
    const result = this.#inner.process(batch, ingestedAt);
    const processed = result.failure === null ? hops : this.#stopped(hops, result.failure);
    const outcomes = new Map<Offset, string>();
    this.#hops = processed;
    this.#outcomes = outcomes;
    const traces = carrying(result.traces, processed, (span, { headers }, offset) =>
      outcomes.set(offset, sayRefused(span, headers) ?? 'refused'),
    );
    const rows = carrying(result.rows, processed, (span, { headers }, offset) => {
      outcomes.set(offset, 'written');
      sayWarned(span, headers);
    });
    return { ...result, rows, traces };
  }

  async written(offset: Offset): Promise<boolean> {
    const stands = await this.#inner.written(offset);
    if (!stands) this.#end(() => NOT_STANDING);
    return stands;
  }

  async appended(rows: Appended | null, traces: Appended | null): Promise<boolean> {
    const stands = (await this.#inner.appended?.(rows, traces)) ?? true;
    this.#end((offset) => (stands ? (this.#outcomes.get(offset) ?? NOTHING_NEW) : NOT_STANDING));
    return stands;
  }

  async stands(): Promise<boolean> {
    return (await this.#inner.stands?.()) ?? true;
  }

  closing(): readonly OutRecord[] {
    return this.#inner.closing?.() ?? [];
  }

  position(): FlowPosition {
    return this.#inner.position();
  }

  advanceTo(offset: Offset): void {
    this.#inner.advanceTo(offset);
  }

  get entries(): number {
    return this.#inner.entries;
  }

  /** Ends the span of the record that stopped the flow. Those behind it were not processed, and are begun again. */
  #stopped(hops: Hops, failure: MedallionError): Hops {
    const { next } = this.#inner.position();
    hops.get(next)?.end(codeOf(failure));
    return new Map([...hops].filter(([offset]) => offset < next));
  }

  #end(outcomeOf: (offset: Offset) => string): void {
    for (const [offset, span] of this.#hops) endHop(span, outcomeOf(offset));
    this.#hops = NO_HOPS;
  }
}

type OpenTask = (at: TopicPartition, position: FlowPosition) => Promise<FlowTask>;

/** Opens tasks that report the way of followed records. */
export const traced =
  (open: OpenTask, parts: HopParts): OpenTask =>
  async (at, position) =>
    new TracedTask(await open(at, position), parts);

/** Nothing was written: a repetition, a row that a condition left out, or a change that was known. */
const NOTHING_NEW = 'nothing_new';
/** Another instance has the partition: what was written does not count, and is made again. */
const NOT_STANDING = 'fenced';

/**
 * Has what was made of followed records say so. Records are in the order of those that they were made of (P1), so most are
 * not even looked at.
 */
function carrying(
  records: readonly OutRecord[],
  hops: Hops,
  seen: (span: Span, record: OutRecord, offset: Offset) => void,
): readonly OutRecord[] {
  let carried: OutRecord[] | null = null;
  for (const [offset, span] of hops)
    for (let i = firstOf(records, offset); i < records.length && sourceAt(records, i) === offset; i++) {
      const record = records[i]!;
      seen(span, record, offset);
      carried ??= [...records];
      carried[i] = { ...record, headers: { ...record.headers, [TRACEPARENT]: formatTraceparent(span.context) } };
    }
  return carried ?? records;
}

/** The first place in records where one could be that was made of the record at an offset. */
function firstOf(records: readonly OutRecord[], offset: Offset): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sourceAt(records, middle) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The offset of the record that the one at a place was made of: in a changelog, the first of a change speaks for all of it. */
function sourceAt(records: readonly OutRecord[], place: number): Offset {
  for (let i = place; i >= 0; i--) {
    const offset = sourceOf(records[i]!);
    if (offset !== null) return offset;
  }
  return -1;
}

/** The offset of the record that this one was made of; null where it does not say: a changelog's `src` is its own place. */
function sourceOf({ headers }: OutRecord): Offset | null {
  const from = headers[CHANGELOG_HEADER.from];
  if (from === undefined && headers[CHANGELOG_HEADER.sequence] !== undefined) return null;
  const text = String(from ?? headers[SRC]);
  const end = text.lastIndexOf(':');
  return Number(text.slice(text.lastIndexOf(':', end - 1) + 1, end));
}

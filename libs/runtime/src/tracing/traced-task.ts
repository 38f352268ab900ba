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

/** Has what was made of followed records say so. */
function carrying(
  records: readonly OutRecord[],
  hops: Hops,
  seen: (span: Span, record: OutRecord, offset: Offset) => void,
): readonly OutRecord[] {
  let source: Offset | null = null;
  return records.map((record) => {
    source = sourceOf(record) ?? source;
    const span = source === null ? undefined : hops.get(source);
    if (span === undefined || source === null) return record;
    seen(span, record, source);
    return { ...record, headers: { ...record.headers, [TRACEPARENT]: formatTraceparent(span.context) } };
  });
}

/**
 * The offset of the record that another one was made of. Null for those of a changelog but the first of each change, which
 * it stands for: what these have as `src` is their own place.
 */
function sourceOf({ headers }: OutRecord): Offset | null {
  const from = headers[CHANGELOG_HEADER.from];
  if (from === undefined && headers[CHANGELOG_HEADER.sequence] !== undefined) return null;
  const text = String(from ?? headers[SRC]);
  const end = text.lastIndexOf(':');
  return Number(text.slice(text.lastIndexOf(':', end - 1) + 1, end));
}

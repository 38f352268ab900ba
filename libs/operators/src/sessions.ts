import type { DurationMs, Instant } from '@medallion/core';
import { type Aggregate, type Delta, groupKey, WindowAggregate } from './window-aggregate.ts';
import { isClosed } from './windows.ts';

/** Sessions of a group: its rows whose event times are at most the gap apart, one after the other. */
export type SessionWindow = { readonly kind: 'session'; readonly gapMs: DurationMs; readonly graceMs: DurationMs };

/** From the first event of a session to its last one and the gap. */
export type Span = { readonly start: Instant; readonly end: Instant };

/**
 * The span of a session that a row makes on its own. It touches another one, and both are one session, when the later
 * begins at the end of the earlier at the latest: event times that are exactly the gap apart belong together (S1).
 */
export const spanOf = (at: Instant, gapMs: DurationMs): Span => ({ start: at, end: (at + gapMs) as Instant });

/** Whether two sessions are one (S1). */
export const touch = (a: Span, b: Span): boolean => a.start <= b.end && b.start <= a.end;

/** Whether they share an instant: a row at the very end of a session that is closed begins another one (S4). */
const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

const union = (spans: readonly Span[]): Span => ({
  start: Math.min(...spans.map((span) => span.start)) as Instant,
  end: Math.max(...spans.map((span) => span.end)) as Instant,
});

/**
 * Judges rows by the sessions that there are, one row after the other. It holds the sessions near the rows of one batch:
 * no two of a group touch.
 */
export class SessionSpans {
  readonly #window: SessionWindow;
  readonly #groups = new Map<unknown, Span[]>();

  constructor(window: SessionWindow) {
    this.#window = window;
  }

  /** A session that is stored already. */
  know(group: unknown, span: Span): void {
    const spans = this.#groups.get(group);
    if (spans === undefined) this.#groups.set(group, [span]);
    else spans.push(span);
  }

  /**
   * Whether a row is late, given the watermark before it (or what is final, if that is greater): it overlaps a session that
   * is closed, or is in none that is open and its own would be closed (S3). Otherwise it is in that session from now on.
   */
  isLate(group: unknown, at: Instant, closedThrough: Instant): boolean {
    const { gapMs, graceMs } = this.#window;
    const own = spanOf(at, gapMs);
    const spans = this.#groups.get(group) ?? [];
    const closed = (span: Span): boolean => isClosed(span.end, graceMs, closedThrough);
    if (spans.some((span) => overlap(span, own) && closed(span))) return true;
    const touched = spans.filter((span) => touch(span, own) && !closed(span));
    if (touched.length === 0 && closed(own)) return true;
    this.#groups.set(group, [...spans.filter((span) => !touched.includes(span)), union([own, ...touched])]);
    return false;
  }
}

/** What is measured of sessions. */
export type SessionSpec<V> = {
  readonly gapMs: DurationMs;
  readonly groupBy: readonly string[];
  readonly aggregates: readonly Aggregate<V>[];
};

type Event<V> = { readonly at: Instant; readonly row: Record<string, V> };

/** The partial results of one batch, by session and group: rows may come in any order. */
export class SessionAggregate<V> {
  readonly #spec: SessionSpec<V>;
  readonly #groups = new Map<unknown, Event<V>[]>();

  constructor(spec: SessionSpec<V>) {
    this.#spec = spec;
  }

  add(at: Instant, row: Record<string, V>): void {
    const key = groupKey(this.#spec.groupBy, row);
    const events = this.#groups.get(key);
    if (events === undefined) this.#groups.set(key, [{ at, row }]);
    else events.push({ at, row });
  }

  /** One for each session that the rows make among themselves; the store finds out which of them are one (S2). */
  deltas(): readonly Delta<V>[] {
    return [...this.#groups.values()].flatMap((events) => this.#sessions(events).map((each) => this.#delta(each)));
  }

  #sessions(events: readonly Event<V>[]): readonly Event<V>[][] {
    const sessions: Event<V>[][] = [];
    let end = Number.NEGATIVE_INFINITY;
    for (const event of events.toSorted((a, b) => a.at - b.at)) {
      if (event.at > end) sessions.push([event]);
      else sessions.at(-1)!.push(event);
      end = event.at + this.#spec.gapMs;
    }
    return sessions;
  }

  #delta(events: readonly Event<V>[]): Delta<V> {
    const { groupBy, aggregates, gapMs } = this.#spec;
    const first = events[0]!.at;
    const aggregate = new WindowAggregate<V>({ sizeMs: gapMs, groupBy, aggregates });
    for (const { row } of events) aggregate.add(first, row);
    return { ...aggregate.deltas()[0]!, windowEnd: (events.at(-1)!.at + gapMs) as Instant };
  }
}

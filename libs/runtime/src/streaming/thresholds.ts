import { expectationsIn, type FlowPlan, type ThresholdPlan } from '@medallion/pipeline';

/** What was counted of a rule in its present window: the window's start, rows, and broken ones among them. */
export type ThresholdCount = readonly [windowStart: number, rows: number, broken: number];

/** By the rule's name. */
export type ThresholdCounts = Readonly<Record<string, ThresholdCount>>;

/** A rule of which more was broken than its threshold allows. */
export type Exceeded = { readonly rule: string; readonly rows: number; readonly broken: number };

type Counting = {
  readonly rule: string;
  readonly threshold: ThresholdPlan;
  windowStart: number;
  rows: number;
  broken: number;
};

/**
 * How much of the rules with a threshold is broken, in tumbling windows over the records' timestamps (F9). A function of
 * the records in order: it is part of the checkpoint. A record that is older than the window counts in it.
 */
export class Thresholds {
  readonly #counting: readonly Counting[];

  private constructor(counting: readonly Counting[]) {
    this.#counting = counting;
  }

  /** Null for a flow without thresholds. */
  static of(flow: FlowPlan, counts: ThresholdCounts): Thresholds | null {
    const counting = expectationsIn(flow).flatMap(({ name, threshold }): Counting[] => {
      if (threshold === undefined) return [];
      const [windowStart, rows, broken] = counts[name] ?? [Number.NEGATIVE_INFINITY, 0, 0];
      return [{ rule: name, threshold, windowStart, rows, broken }];
    });
    return counting.length === 0 ? null : new Thresholds(counting);
  }

  /** What stops the flow before its next record. */
  exceeded(): Exceeded | null {
    const found = this.#counting.find(
      ({ rows, broken, threshold }) => rows >= threshold.atLeast && broken > threshold.moreThan * rows,
    );
    return found === undefined ? null : { rule: found.rule, rows: found.rows, broken: found.broken };
  }

  /** A person has decided that the flow goes on: what exceeds its threshold is counted from nothing again. */
  forgive(): void {
    for (let found = this.exceeded(); found !== null; found = this.exceeded()) {
      const counting = this.#counting.find(({ rule }) => rule === found?.rule)!;
      counting.rows = 0;
      counting.broken = 0;
    }
  }

  /** A record with this timestamp comes: windows that ended before it are over. */
  advance(timestampMs: number): void {
    for (const counting of this.#counting) {
      const start = Math.floor(timestampMs / counting.threshold.ofMs) * counting.threshold.ofMs;
      if (start <= counting.windowStart) continue;
      counting.windowStart = start;
      counting.rows = 0;
      counting.broken = 0;
    }
  }

  /** A row was judged. */
  count(broken: (rule: string) => boolean): void {
    for (const counting of this.#counting) {
      counting.rows++;
      if (broken(counting.rule)) counting.broken++;
    }
  }

  counts(): ThresholdCounts {
    return Object.fromEntries(
      this.#counting
        .filter(({ rows }) => rows > 0)
        .map(({ rule, windowStart, rows, broken }) => [rule, [windowStart, rows, broken] as const]),
    );
  }
}

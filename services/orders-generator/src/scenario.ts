/** A record for a topic. */
export type TopicRecord = { readonly topic: string; readonly key: string | null; readonly value: Buffer | null };

/** A whole file for the landing folder; `path` is below it, with `/`. */
export type LandedFile = { readonly path: string; readonly bytes: Buffer };

/** What a shop sends at one time. Within a step, files come before records. */
export type Step = {
  readonly files: readonly LandedFile[];
  readonly records: readonly TopicRecord[];
  /** How many rows of each kind are in it, for the audit. */
  readonly kinds: ReadonlyMap<string, number>;
};

/** What a scenario is made from. */
export type ScenarioOptions = {
  /** The same seed and options give the same bytes. A whole number, of which the lowest 32 bits count. */
  readonly seed: number;
  /** Part of every order's name, so that two runs do not speak of the same orders; may be empty. */
  readonly run: string;
  /** Orders in all; Infinity for a shop that never closes. */
  readonly events: number;
  /** Orders in one step, so in one file. At least 1. */
  readonly perStep: number;
  /** The time of the first order, epoch milliseconds. */
  readonly startMs: number;
  /** Milliseconds between two orders on the time line of the shop. */
  readonly spacingMs: number;
  /** How likely an order is bad in a way that a pipeline keeps out; 0 to 1. */
  readonly badShare: number;
  /** The order, counted from 0, that breaks a rule at which a pipeline has to stop; null for none. */
  readonly failAt: number | null;
};

/** A seeded stream of what a shop sends. Pure: no clock, no I/O. */
export type Scenario = (options: ScenarioOptions) => Generator<Step>;

/** The first and the number of orders of each step. */
export function* stepsOf({
  events,
  perStep,
}: ScenarioOptions): Generator<{ readonly from: number; readonly to: number }> {
  for (let from = 0; from < events; from += perStep) yield { from, to: Math.min(events, from + perStep) };
}

/** Counts rows by kind. */
export class Kinds {
  readonly counts = new Map<string, number>();
  add(kind: string, rows = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + rows);
  }
}

/** What a rule had counted at a moment, over all partitions and flows. */
export type RuleCount = {
  readonly pipeline: string;
  readonly table: string;
  readonly rule: string;
  readonly judged: number;
  readonly failed: number;
};

type Sample = { readonly judged: number; readonly failed: number };

const MINUTE_MS = 60_000;
/** Minutes that are remembered: a day. */
export const REMEMBERED_MINUTES = 1_440;
/** Rules that are remembered; of more the first are. */
const MOST_RULES = 2_000;

/**
 * What rules had counted at the end of each minute of the last day, as far as it was looked at: 1,440 samples of 2,000 rules
 * at most. Counts only grow; where a table was made anew they begin again, and what they are then was counted since.
 */
export class RuleSamples {
  readonly #rules = new Map<string, Map<number, Sample>>();

  /** Notes what was counted at `at`; the last look in a minute is the one that stays. */
  add(at: number, counts: readonly RuleCount[]): void {
    const minute = Math.floor(at / MINUTE_MS);
    for (const { pipeline, table, rule, judged, failed } of counts) {
      const key = keyOf(pipeline, table, rule);
      let samples = this.#rules.get(key);
      if (samples === undefined) {
        if (this.#rules.size >= MOST_RULES) continue;
        samples = new Map();
        this.#rules.set(key, samples);
      }
      samples.set(minute, { judged, failed });
      // Minutes come in order, so the first are the oldest.
      for (const old of samples.keys()) {
        if (old > minute - REMEMBERED_MINUTES) break;
        samples.delete(old);
      }
    }
  }

  /** What was counted in each bucket of whole minutes from `startMs` on; null where it was not looked at both ends. */
  between(
    { pipeline, table, rule }: Pick<RuleCount, 'pipeline' | 'table' | 'rule'>,
    startMs: number,
    bucketMinutes: number,
    buckets: number,
  ): readonly (Sample | null)[] {
    const samples = this.#rules.get(keyOf(pipeline, table, rule)) ?? new Map<number, Sample>();
    const first = Math.floor(startMs / MINUTE_MS);
    const newest = [...samples.keys()].at(-1) ?? Number.NEGATIVE_INFINITY;
    return Array.from({ length: buckets }, (_, i) => {
      const before = samples.get(first + i * bucketMinutes - 1);
      const last = first + (i + 1) * bucketMinutes - 1;
      // The bucket that has not ended counts up to the newest look within it.
      const after = samples.get(newest >= last - bucketMinutes + 1 ? Math.min(last, newest) : last);
      if (before === undefined || after === undefined) return null;
      return { judged: grown(before.judged, after.judged), failed: grown(before.failed, after.failed) };
    });
  }
}

const keyOf = (pipeline: string, table: string, rule: string): string => JSON.stringify([pipeline, table, rule]);
const grown = (before: number, after: number): number => (after >= before ? after - before : after);

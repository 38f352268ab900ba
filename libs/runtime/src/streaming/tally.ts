import type { Settled } from './fates.ts';
import type { Tally } from './flow-task.ts';

/** The live counts of a batch that is yet to be processed. */
export const newTally = (records: number): Tally => ({
  ...{ records, repeated: 0, judged: 0, filtered: 0, unmatched: 0 },
  ...{ refused: new Map(), failed: new Map() },
});

/** Adds one under a name. */
export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The rules that a record broke: a violation of a warn rule is named in both lists. */
export const brokenIn = ({ violations, warned }: Omit<Settled, 'outcome'>): ReadonlySet<string> =>
  new Set([...violations.map(({ expectation }) => expectation), ...warned]);

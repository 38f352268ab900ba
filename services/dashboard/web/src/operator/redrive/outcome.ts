import type { RedriveReport } from '../../../../src/contract/quality.ts';

/** What becomes of the records of a redrive, in sums. */
export type Outcome = {
  readonly chosen: number;
  readonly kept: number;
  readonly refusedAgain: number;
  readonly leftOut: number;
  readonly stops: number;
  /** Whether anything would come of it: without that, the button is not offered. */
  readonly worthwhile: boolean;
};

export function outcomeOf(report: RedriveReport): Outcome {
  const sum = (of: (flow: RedriveReport['judged'][number]) => number): number =>
    report.judged.reduce((total, flow) => total + of(flow), 0);
  return {
    chosen: report.chosen,
    kept: sum(({ kept }) => kept),
    refusedAgain: sum(({ refused }) => Object.values(refused).reduce((total, n) => total + n, 0)),
    leftOut: sum(({ filtered }) => filtered),
    stops: sum(({ stops }) => stops),
    worthwhile: report.flows.some(({ records }) => records > 0),
  };
}

/** The records that a redrive sends, or would. */
export const sentBy = (report: RedriveReport): number =>
  report.dryRun ? report.flows.reduce((sum, { records }) => sum + records, 0) : report.sent;

/** Rows of a diff by what changes for them, most first. */
export function changes(rows: RedriveReport['rows']): readonly {
  readonly before: string;
  readonly after: string;
  readonly better: boolean;
  readonly rows: RedriveReport['rows'];
}[] {
  const groups = new Map<string, RedriveReport['rows']>();
  for (const row of rows) {
    const key = JSON.stringify([row.before, row.after]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [row]);
    else known.push(row);
  }
  return [...groups.values()]
    .map((group) => ({
      before: group[0]!.before,
      after: group[0]!.after,
      better: isKept(group[0]!.after),
      rows: group,
    }))
    .toSorted((a, b) => b.rows.length - a.rows.length);
}

/** "kept" or "2 rows kept", perhaps with more behind it. */
const isKept = (after: string): boolean => /^(\d+ rows )?kept\b/.test(after);

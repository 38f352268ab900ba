import type { Expectation, ExpectationHistory } from '../../../../src/contract/quality.ts';
import { count } from '../../format/numbers.ts';

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((total, n) => total + (n ?? 0), 0);

/** What fails now before what failed once, the more often the sooner; the rest in the order of their tables. */
export function failingFirst(rules: readonly Expectation[]): readonly Expectation[] {
  return rules.toSorted(
    (a, b) => sum(b.recent) - sum(a.recent) || (b.failedRate ?? 0) - (a.failedRate ?? 0) || b.failed - a.failed,
  );
}

/** A sparkline in words. */
export function recentText(recent: readonly number[]): string {
  const total = sum(recent);
  if (total === 0) return 'none';
  const last = recent.at(-1) ?? 0;
  return `${count(total)}, ${last === 0 ? 'none' : count(last)} in the last minute`;
}

/** A history in a sentence, for those who do not see the lines. */
export function historyText({ failed, judged }: ExpectationHistory, minutes: number): string {
  const known = failed.filter((n) => n !== null);
  if (known.length === 0) return 'Nobody has counted yet when this rule was broken.';
  const times = sum(known);
  const of = judged.every((n) => n === null) ? '' : ` of ${count(sum(judged))} judged`;
  const most = Math.max(...known);
  return `Broken ${count(times)} times${of} in the ${minutes} minutes on show${times === 0 ? '' : `, ${count(most)} times in the worst of them`}.`;
}

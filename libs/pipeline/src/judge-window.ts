import type { ComputedColumns } from './declaration.ts';
import { judgeDuration } from './judge-options.ts';
import type { Report } from './mistakes.ts';
import type { Window } from './window.ts';

/** Each row is counted in so many windows at most. */
const MAX_OVERLAP = 1_000;

/** Judges the window of a view, and whether its computed columns mean anything over such windows. */
export function judgeWindow(
  window: Window | undefined,
  computed: readonly ComputedColumns[] | undefined,
  report: Report,
): void {
  judgeDuration('the grace period', window?.graceMs ?? Number.NaN, 0, report);
  if (window?.kind === 'session') {
    judgeDuration('the gap', window.gapMs, 1, report);
    if (computed?.some(({ kind }) => kind === 'rank'))
      report(
        'a rank is among the rows of one window, and sessions of several groups are several windows',
        'rank when you read',
      );
    return;
  }
  judgeDuration('the window size', window?.sizeMs ?? Number.NaN, 1, report);
  if (window?.kind !== 'hopping') return;
  const { sizeMs, advanceMs } = window;
  judgeDuration('the advance', advanceMs, 1, report);
  if (advanceMs > sizeMs)
    report(
      `its windows advance by ${advanceMs} ms, more than their size of ${sizeMs} ms: rows between them would count nowhere`,
      'let them advance by their size at most',
    );
  if (sizeMs / advanceMs > MAX_OVERLAP)
    report(
      `each row belongs to ${Math.ceil(sizeMs / advanceMs)} windows`,
      `let them advance by more: ${MAX_OVERLAP} windows a row at most`,
    );
  if (computed?.some(({ kind }) => kind === 'cumulative'))
    report('a cumulative sum over windows that overlap counts rows several times', 'use tumbling windows');
}

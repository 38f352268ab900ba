import type { AnyRow } from '@medallion/schema';
import type { ColumnSet } from './column-set.ts';
import type { ConditionDeclaration } from './declaration.ts';
import type { Report } from './mistakes.ts';

/** A test of a row, with its words. */
export type ConditionPlan = { readonly text: string; readonly test: (row: AnyRow) => boolean };

/** A condition as a plan; of SQL, a row passes for which it is true. `what` says who asks. */
export function compileCondition(
  declared: ConditionDeclaration,
  _columns: ColumnSet,
  what: string,
  report: Report,
): ConditionPlan {
  if (declared.kind === 'row') return { text: declared.text, test: declared.test };
  report(`${what} is in SQL`, 'use words and a function for now');
  return { text: declared.text, test: () => false };
}

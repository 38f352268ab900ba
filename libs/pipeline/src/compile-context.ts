import type { AnyTable } from './declaration.ts';
import type { Report } from './mistakes.ts';
import type { TablePlan } from './plan.ts';

/** What the compilers of declarations need beside the declaration. */
export type Context = {
  /** The pipeline's name. */
  readonly pipeline: string;
  /** The plan of a table that was declared before. */
  readonly planOf: (table: AnyTable) => TablePlan;
  readonly report: Report;
};

/** What a kind of table is called in messages. */
export const kindText = (plan: TablePlan): string => {
  const kind = plan.kind.replaceAll('_', ' ');
  return `${kind.startsWith('a') ? 'an' : 'a'} ${kind}`;
};

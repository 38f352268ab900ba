import type { DurationMs, REJECTED } from '@medallion/core';
import type { AnyRow, Value } from '@medallion/schema';

/** What happens to a row that breaks an expectation; of several broken ones the strongest counts: fail > quarantine > drop > warn. */
export type Action = 'warn' | 'drop' | 'quarantine' | 'fail';

export { REJECTED } from '@medallion/core';

/** One column of an expectation: what it accepts, and into which value it turns it. */
export type ColumnRulePlan = {
  readonly column: string;
  /** Printed into violations: `one of en_route, delivered, delayed`. */
  readonly text: string;
  /** The value to keep (the same, or converted), or REJECTED. A throw counts as rejected. */
  readonly accept: (value: Value) => Value | typeof REJECTED;
};

/** How much of a rule may be broken before the flow stops. */
export type ThresholdPlan = {
  /** The share of broken rows, from 0 to less than 1, above which the flow stops. */
  readonly moreThan: number;
  /** Rows are counted by partition, in tumbling windows of this length over the timestamps of their records. */
  readonly ofMs: DurationMs;
  /** Fewer rows in a window say nothing. */
  readonly atLeast: number;
};

/** What is known of any rule, whatever judges it. */
export type RulePlan = {
  readonly name: string;
  readonly action: Action;
  readonly text: string;
  /** Absent: any share may be broken. */
  readonly threshold?: ThresholdPlan;
};

/** A named rule over one column, several columns, or a whole row. */
export type ExpectationPlan = RulePlan & {
  readonly rule:
    | { readonly kind: 'columns'; readonly columns: readonly ColumnRulePlan[] }
    | { readonly kind: 'row'; readonly test: (row: AnyRow) => unknown };
};

import type { Instant } from '@medallion/core';
import type { EventTimePlan, JoinPlan } from '@medallion/pipeline';
import type { AnyRow, Value } from '@medallion/schema';
import { FILTERED, type Step } from './step.ts';

/** A keyed table as rows are joined with it. Keys are values of its keys in their order, none of them null. */
export interface JoinedTable {
  /** The row that counts now; for type 2 the version that has not ended. */
  latest(key: readonly Value[]): AnyRow | null;
  /** Type 2: the version whose validity, start inclusive and end exclusive, holds the instant. */
  asOf(key: readonly Value[], at: Instant): AnyRow | null;
}

/** The keyed tables that a flow joins with, by name. */
export type JoinedTables = ReadonlyMap<string, JoinedTable>;

/** Of a flow that joins with none. */
export const noTables: JoinedTables = new Map();

/** Adds the columns of the matching row (J2, J3); null in a key matches nothing, as in SQL. */
export function joinStep(
  plan: JoinPlan,
  tables: JoinedTables,
  eventTime: EventTimePlan | null,
  counted: { unmatched: number },
): Step {
  const table = tables.get(plan.table);
  if (table === undefined) throw new Error(`invariant violated: ${plan.table} was not opened`);
  const { on, columns } = plan;
  const timeOf = plan.mode === 'as_of' ? eventTime!.column : null;
  return (row) => {
    const key: Value[] = [];
    let found: AnyRow | null = null;
    let whole = true;
    for (let i = 0; i < on.length; i++) {
      const value = row[on[i]!] ?? null;
      if (value === null) whole = false;
      key.push(value);
    }
    if (whole) found = timeOf === null ? table.latest(key) : table.asOf(key, row[timeOf] as Instant);
    if (found === null) {
      counted.unmatched++;
      if (plan.type === 'inner') return FILTERED;
    }
    for (let i = 0; i < columns.length; i++) {
      const { from, field } = columns[i]!;
      row[field.name] = found?.[from] ?? null;
    }
    return null;
  };
}

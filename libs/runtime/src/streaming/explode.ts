import type { StepPlan } from '@medallion/pipeline';
import type { AnyRow, Value } from '@medallion/schema';

/** One row becomes a row for each element of a list. */
export type ExplodePlan = Extract<StepPlan, { kind: 'explode' }>;

/** The rows of a row's elements, in their order; none when the list is null, empty, or no list (X1). */
export function* elementsOf(plan: ExplodePlan, row: AnyRow): Generator<AnyRow> {
  const elements: unknown = row[plan.column];
  if (!Array.isArray(elements)) return;
  for (let i = 0; i < elements.length; i++) {
    const element = (elements[i] ?? {}) as Readonly<Record<string, Value>>;
    const made: AnyRow = { ...row };
    for (const { from, field } of plan.fields) made[field.name] = element[from] ?? null;
    if (plan.position !== null) made[plan.position] = i;
    yield made;
  }
}

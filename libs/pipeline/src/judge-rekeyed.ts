import type { Mistakes } from './mistakes.ts';
import type { TablePlan } from './plan.ts';
import { flowsOf } from './plan-parts.ts';

/**
 * Judges that event time is only counted on where a partition holds the rows of one reader in order. Rows of files go to
 * the partition of their key, so that a partition mixes files which several readers read at different speeds: the fastest
 * would move the watermark, and honest rows of the others would be late.
 */
export function judgeRekeyed(plans: readonly TablePlan[], mistakes: Mistakes): void {
  const byName = new Map(plans.map((plan) => [plan.name, plan]));
  const readersOf = (plan: TablePlan | undefined): number =>
    plan === undefined
      ? 1
      : Math.max(
          1,
          ...flowsOf(plan).map(({ source }) => {
            if (source.kind === 'files') return source.partitions;
            return source.kind === 'table' ? readersOf(byName.get(source.table)) : 1;
          }),
        );
  for (const plan of plans) {
    const what =
      plan.kind === 'materialized_view'
        ? 'is windowed'
        : flowsOf(plan).some(({ steps }) => steps.some(({ kind }) => kind === 'dedupe'))
          ? 'drops duplicates within a span of event time'
          : null;
    const readers = readersOf(plan.kind === 'materialized_view' ? byName.get(plan.source) : plan);
    if (what !== null && readers > 1)
      mistakes.add(
        `table "${plan.name}"`,
        `it ${what}, over files that ${readers} readers read at different speeds`,
        'read them in order by one: files(path, { …, partitions: 1 })',
      );
  }
}

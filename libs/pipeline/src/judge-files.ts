import type { Mistakes } from './mistakes.ts';
import type { FlowPlan, TablePlan } from './plan.ts';
import { flowsOf } from './plan-parts.ts';

/**
 * Judges what is done with rows of files.
 *
 * Event time may only be counted on where the rows of a partition have one order. Rows of files go to the partition of
 * their key, so a partition mixes what several readers read at different speeds: the fastest would move the watermark, and
 * honest rows of the others would be late. And what a flow knows of a key it must have seen in one partition, which a flow
 * that reads files, by file, has not.
 */
export function judgeFiles(plans: readonly TablePlan[], mistakes: Mistakes): void {
  const byName = new Map(plans.map((plan) => [plan.name, plan]));
  for (const plan of plans) {
    const where = `table "${plan.name}"`;
    for (const flow of flowsOf(plan)) {
      const what = flow.source.kind === 'files' ? keyedStep(flow) : null;
      if (what !== null)
        mistakes.add(
          where,
          `it ${what} while it reads files, by file, where rows of a key are not together`,
          'keep the rows of the files in a table of their own, and do it in one that reads that table',
        );
    }
    const what = plan.kind === 'materialized_view' ? 'is windowed' : drops(plan) ? DROPS : null;
    const readers = readersOf(plan.kind === 'materialized_view' ? byName.get(plan.source) : plan, byName);
    if (what !== null && readers > 1)
      mistakes.add(
        where,
        `it ${what}, over files that ${readers} readers read at different speeds`,
        'have one read them in order: files(path, { …, readers: 1 }), the default, in one flow; a folder holds those below it',
      );
  }
}

const DROPS = 'drops duplicates within a span of event time';
const drops = (plan: TablePlan): boolean =>
  flowsOf(plan).some(({ steps }) => steps.some(({ kind }) => kind === 'dedupe'));

function keyedStep({ steps }: FlowPlan): string | null {
  if (steps.some(({ kind }) => kind === 'dedupe')) return 'drops duplicates';
  return steps.some(({ kind }) => kind === 'join') ? 'joins' : null;
}

/** How many readers of files fill the table at their own speeds. A flow that runs once brings what was there before. */
function readersOf(plan: TablePlan | undefined, byName: ReadonlyMap<string, TablePlan>): number {
  if (plan === undefined) return 0;
  return flowsOf(plan).reduce((sum, { source, once }) => {
    if (source.kind === 'files') return sum + (once ? 0 : source.readers);
    return source.kind === 'table' ? sum + readersOf(byName.get(source.table), byName) : sum;
  }, 0);
}

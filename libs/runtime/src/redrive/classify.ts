import { type FlowPlan, flowsOf, type PipelinePlan } from '@medallion/pipeline';
import type { Chosen } from './redrive-store.ts';
import { originalName, type RedrivenFlow, redrivenFlow } from './redriven-flow.ts';

/** What a row of the quarantine is sent again as, or why it cannot be. */
export type Classified = { readonly flow: RedrivenFlow; readonly element: number | null } | { readonly not: string };

const not = (why: string): Classified => ({ not: why });

/** Whether a refused record can be processed again, and which part of it (SPEC R1, R5). */
export function classify(plan: PipelinePlan, row: Chosen): Classified {
  if (row.redriven) return not('redriven before');
  if (row.flow === '') return not('no flow refused it: it was not written by this engine, or Postgres refuses it');
  const original = plan.tables.flatMap(flowsOf).find(({ name }) => name === originalName(row.flow));
  if (original === undefined) return not(`flow ${originalName(row.flow)} is not declared any more`);
  const flow = redrivenFlow(plan, original);
  if (flow === null)
    return original.source.kind === 'topic' || original.source.kind === 'table'
      ? not('another flow of the table is named "redrive"')
      : not('it is from a file: correct the file, and drop it under a new name');
  if (row.outcome === 'duplicate') return not('it is a duplicate: its row is in the table');
  if (!row.hasValue) return not('its bytes were not kept: it was dropped, is a tombstone, or too large');
  const element = row.element ?? elementOf(original, row);
  return element === 'unknown'
    ? not('it is not known whether it is a record or one element of a list')
    : { flow, element };
}

/** The one element that was refused, or null for all of the record: of elements that are in the table no second row comes. */
function elementOf({ steps }: FlowPlan, { outcome, index, violations }: Chosen): number | null | 'unknown' {
  const explodes = steps.flatMap((step, i) => (step.kind === 'explode' ? [i] : []));
  if (explodes.length === 0 || outcome === 'unparseable' || outcome === 'undecodable') return null;
  // Elements of elements are numbered by what became of those before them, which may be something else now.
  if (explodes.length > 1) return 'unknown';
  if (index > 0) return index;
  if (violations.length === 0) return 'unknown';
  // What stops a flow is skipped as a whole.
  if (violations.some(({ action }) => action === 'fail')) return null;
  const position = (rule: string): number =>
    steps.findIndex(
      (step) =>
        (step.kind === 'judge' && step.expectations.some(({ name }) => name === rule)) ||
        (step.kind === 'dedupe' && step.rule?.name === rule),
    );
  const positions = violations.map(({ expectation }) => position(expectation));
  if (positions.every((at) => at > explodes[0]!)) return index;
  return positions.every((at) => at >= 0 && at < explodes[0]!) ? null : 'unknown';
}

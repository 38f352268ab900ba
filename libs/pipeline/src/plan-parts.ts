import type { FlowPlan, PipelinePlan, RulePlan, StreamingTablePlan, TablePlan } from './plan.ts';

/** The flows that bring rows into a table; none for what is computed in Postgres or never stored. */
export function flowsOf(table: TablePlan): readonly FlowPlan[] {
  if (table.kind === 'streaming_table') return table.flows;
  return table.kind === 'keyed_table' ? [table.flow] : [];
}

/** The rules of a flow, in order. */
export const expectationsIn = ({ steps }: FlowPlan): readonly RulePlan[] =>
  steps.flatMap((step): readonly RulePlan[] => {
    if (step.kind === 'judge') return step.expectations;
    return step.kind === 'dedupe' && step.rule !== undefined ? [step.rule] : [];
  });

/** All rules of a table, in order, each once: the flows of a table share those that the table itself declares. */
export function expectationsOf(table: TablePlan): readonly RulePlan[] {
  const all = flowsOf(table).flatMap(expectationsIn);
  return [...new Map(all.map((expectation) => [expectation.name, expectation])).values()];
}

/** Whether a table gains columns that nobody declared, from its files. */
export const gainsColumns = (table: TablePlan): boolean =>
  flowsOf(table).some(({ source }) => source.kind === 'files' && source.evolution === 'add_new_columns');

/** The streaming tables of a plan in its order. */
export const streamingTables = (plan: PipelinePlan): readonly StreamingTablePlan[] =>
  plan.tables.filter((table) => table.kind === 'streaming_table');

import { type FlowPlan, flowsOf, type PipelinePlan, type StepPlan, type TablePlan } from '@medallion/pipeline';

/** The flow that processes again what another one refused: the same reader and steps over a topic of its own. */
export type RedrivenFlow = {
  readonly flow: FlowPlan;
  /** The flow that refused the records. */
  readonly original: FlowPlan;
  readonly topic: string;
};

const SUFFIX = '.redrive';

/** The name of the flow that processes again what a flow refused. */
export const redrivenName = (flow: string): string => `${flow}${SUFFIX}`;

/** The flow whose records a redrive is about: itself, or the one that it processes again for. */
export const originalName = (flow: string): string => (flow.endsWith(SUFFIX) ? flow.slice(0, -SUFFIX.length) : flow);

/** What the records are in that a flow is to process again. */
export const redriveTopicOf = (plan: PipelinePlan, flow: string): string => `${plan.name}.${redrivenName(flow)}`;

/** Records of files have no bytes that their reader would take again: such a file is corrected and dropped anew. */
const isRedrivable = ({ source }: FlowPlan): boolean => source.kind === 'topic' || source.kind === 'table';

/** The flow that processes again what a flow refused; null for what is read from files. */
export function redrivenFlow(plan: PipelinePlan, original: FlowPlan): RedrivenFlow | null {
  const name = redrivenName(original.name);
  const taken = plan.tables.flatMap(flowsOf).some((flow) => flow.name === name);
  if (taken || !isRedrivable(original)) return null;
  const flow = { ...original, name, once: false, steps: original.steps.map(withoutThresholds) };
  return { flow, original, topic: redriveTopicOf(plan, original.name) };
}

/** The flows of a table that process again what its flows refused. */
export const redrivenFlowsOf = (plan: PipelinePlan, table: TablePlan): readonly RedrivenFlow[] =>
  flowsOf(table).flatMap((flow) => redrivenFlow(plan, flow) ?? []);

/** How much of what was bad is bad again says nothing about the source. */
function withoutThresholds(step: StepPlan): StepPlan {
  if (step.kind !== 'judge') return step;
  return { ...step, expectations: step.expectations.map(({ threshold: _, ...rule }) => rule) };
}

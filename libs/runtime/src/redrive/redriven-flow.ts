import { type FlowPlan, flowsOf, type PipelinePlan, type StepPlan, type TablePlan } from '@medallion/pipeline';

/**
 * A flow beside a declared one, with its reader and steps over a topic of its own: it processes again what that one refused
 * (a redrive), or older records that somebody brings (a backfill).
 */
export type RedrivenFlow = {
  readonly flow: FlowPlan;
  /** The flow that refused the records, or whose table they are brought to. */
  readonly original: FlowPlan;
  readonly topic: string;
};

const SUFFIX = '.redrive';
const BACKFILL_SUFFIX = '.backfill';

/** The name of the flow that processes again what a flow refused. */
export const redrivenName = (flow: string): string => `${flow}${SUFFIX}`;

/** The name of the flow that processes what backfills bring to a flow. */
export const backfilledName = (flow: string): string => `${flow}${BACKFILL_SUFFIX}`;

/** The declared flow: itself, or the one beside which a redrive or backfill runs. */
export function originalName(flow: string): string {
  const suffix = [SUFFIX, BACKFILL_SUFFIX].find((each) => flow.endsWith(each));
  return suffix === undefined ? flow : flow.slice(0, -suffix.length);
}

/** What the records are in that a flow is to process again. */
export const redriveTopicOf = (plan: PipelinePlan, flow: string): string => `${plan.name}.${redrivenName(flow)}`;

/** Records of files have no bytes that their reader would take again: such a file is corrected and dropped anew. */
const isRedrivable = ({ source }: FlowPlan): boolean => source.kind === 'topic' || source.kind === 'table';

/** The flow that processes again what a flow refused; null for what is read from files. */
export function redrivenFlow(plan: PipelinePlan, original: FlowPlan): RedrivenFlow | null {
  return isRedrivable(original) ? beside(plan, original, redrivenName(original.name)) : null;
}

/**
 * The flow that processes what backfills bring to a flow; null for one that reads a table of the engine, as that is where
 * its rows come from, and for tables that are no streaming tables.
 */
export function backfilledFlow(plan: PipelinePlan, table: TablePlan, original: FlowPlan): RedrivenFlow | null {
  if (table.kind !== 'streaming_table' || original.source.kind === 'table') return null;
  return beside(plan, original, backfilledName(original.name));
}

/** The flows beside those of a table: redrives and backfills. Each has a group and a topic of its own, and brings rows. */
export const redrivenFlowsOf = (plan: PipelinePlan, table: TablePlan): readonly RedrivenFlow[] =>
  flowsOf(table).flatMap((flow) =>
    [redrivenFlow(plan, flow), backfilledFlow(plan, table, flow)].filter((each) => each !== null),
  );

function beside(plan: PipelinePlan, original: FlowPlan, name: string): RedrivenFlow | null {
  if (plan.tables.flatMap(flowsOf).some((flow) => flow.name === name)) return null;
  const flow = { ...original, name, once: false, steps: original.steps.map(withoutThresholds) };
  return { flow, original, topic: `${plan.name}.${name}` };
}

/** How much of what was bad is bad again, or of what is old, says nothing about the source. */
function withoutThresholds(step: StepPlan): StepPlan {
  if (step.kind !== 'judge') return step;
  return { ...step, expectations: step.expectations.map(({ threshold: _, ...rule }) => rule) };
}

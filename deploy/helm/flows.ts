import { loadPipeline, pipelineNames } from '@medallion/host';
import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import { groupOf, inputTopicOf } from '@medallion/runtime';

/** What one group reads of one topic: where lag can be seen. */
export type ReadBy = { readonly group: string; readonly topic: string };

/** Who reads what in each service of a pipeline, and which topics somebody else has to make. */
export type PipelineFlows = {
  readonly mode: PipelinePlan['mode'];
  readonly bronze: readonly ReadBy[];
  readonly silver: readonly ReadBy[];
  readonly gold: readonly ReadBy[];
  readonly inputs: readonly string[];
};

/** The groups and topics of a pipeline by service. Quarantines are left out: they never are what a service is behind with. */
export function pipelineFlows(plan: PipelinePlan): PipelineFlows {
  const tables = plan.tables.filter((table) => table.kind === 'streaming_table' || table.kind === 'keyed_table');
  const flows = tables.flatMap(flowsOf);
  const readBy = (internal: boolean): readonly ReadBy[] =>
    flows
      .filter(({ source }) => (source.kind === 'table') === internal)
      .map((flow) => ({ group: groupOf(plan, flow.name), topic: inputTopicOf(plan, flow) }));
  const group = groupOf(plan, 'gold');
  const gold = tables.map((table) => ({
    group,
    topic: table.kind === 'keyed_table' ? table.changelogTopic : table.topic,
  }));
  const external = flows.flatMap(({ source }) => (source.kind === 'topic' ? [source.topic] : []));
  return { mode: plan.mode, bronze: readBy(false), silver: readBy(true), gold, inputs: [...new Set(external)] };
}

/** Those of every pipeline of this repository, by name. */
export async function allFlows(): Promise<Readonly<Record<string, PipelineFlows>>> {
  const plans = await Promise.all(pipelineNames().map(loadPipeline));
  return Object.fromEntries(plans.map((plan) => [plan.name, pipelineFlows(plan)]));
}

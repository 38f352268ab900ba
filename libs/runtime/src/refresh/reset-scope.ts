import { flowsOf, type PipelinePlan, type TablePlan } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import type { ResetScope } from '../ports/index.ts';
import { redrivenFlow, redrivenFlowsOf } from '../redrive/redriven-flow.ts';
import { inputTopicOf } from '../topics.ts';

/** A consumer group of a flow, what it reads, and the service that it is part of. */
export type ResetGroup = { readonly group: string; readonly topic: string; readonly service: string };

/** All that a rebuild of a table from its input's start begins anew. */
export type TableReset = ResetScope & {
  readonly table: string;
  /**
   * Topics of redrives: what was refused is processed again as it came. Those of backfills stay, as they are where rows come
   * from; they are read again.
   */
  readonly redriveTopics: readonly string[];
  readonly groups: readonly ResetGroup[];
  /** The group of the gold service, which must not run but keeps its place in other topics. */
  readonly gold: string;
  /** What the tables are made of and which is not itself rebuilt. */
  readonly inputs: readonly string[];
  /** Those of the inputs that are compacted: they no longer hold every row that there was. */
  readonly compacted: readonly string[];
};

/** Tables that read another one: by a flow, a join, or as a view or feed over it. */
function reads(table: TablePlan, name: string): boolean {
  switch (table.kind) {
    case 'streaming_table':
    case 'keyed_table':
      return flowsOf(table).some(
        ({ source, steps }) =>
          (source.kind === 'table' && source.table === name) ||
          steps.some((step) => step.kind === 'join' && step.table === name),
      );
    case 'relational_view':
      return table.source === name || table.joins.some((join) => join.table === name);
    default:
      return table.source === name;
  }
}

/** The table and all that depends on it, in the order of the plan. */
function downstream(plan: PipelinePlan, name: string): readonly TablePlan[] {
  const found = new Set([name]);
  // Every table comes after those that it reads.
  for (const table of plan.tables) if ([...found].some((each) => reads(table, each))) found.add(table.name);
  return plan.tables.filter((table) => found.has(table.name));
}

const topicsOf = (table: TablePlan): readonly string[] => {
  if (table.kind === 'streaming_table') return [table.topic, table.quarantineTopic];
  return table.kind === 'keyed_table' ? [table.changelogTopic, table.quarantineTopic] : [];
};

/** What a rebuild of a streaming or keyed table from its input's start takes away. */
export function resetOf(plan: PipelinePlan, name: string): TableReset {
  const tables = downstream(plan, name);
  const flows = tables.flatMap(flowsOf);
  const beside = tables.flatMap((table) => redrivenFlowsOf(plan, table));
  const topics = tables.flatMap(topicsOf);
  const group = (flow: string, topic: string, kind: string): ResetGroup => ({
    ...{ group: groupOf(plan, flow), topic },
    service: kind === 'table' ? 'silver-enrich' : 'bronze-ingest',
  });
  const inputs = [...new Set(flows.map((flow) => inputTopicOf(plan, flow)))].filter((topic) => !topics.includes(topic));
  const compacted = plan.tables.flatMap((table) =>
    table.kind === 'streaming_table' && table.storage.cleanup !== 'delete' ? [table.topic] : [],
  );
  return {
    table: name,
    tables: tables.map((table) => table.name),
    topics,
    redriveTopics: flows.flatMap((flow) => redrivenFlow(plan, flow)?.topic ?? []),
    groups: [
      ...flows.map((flow) => group(flow.name, inputTopicOf(plan, flow), flow.source.kind)),
      ...beside.map(({ flow, topic }) => group(flow.name, topic, flow.source.kind)),
    ],
    gold: groupOf(plan, 'gold'),
    inputs,
    compacted: inputs.filter((topic) => compacted.includes(topic)),
  };
}

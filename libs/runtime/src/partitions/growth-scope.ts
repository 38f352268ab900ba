import { flowsOf, type PipelinePlan, type StreamingTablePlan, type TablePlan } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import { type RedrivenFlow, redrivenFlowsOf } from '../redrive/redriven-flow.ts';
import type { ResetGroup } from '../refresh/reset-scope.ts';
import { externalTopicsOf, inputTopicOf } from '../topics.ts';

/** What has as many partitions as a topic, because it is made of it, or of what is made of it. */
export type GrowthScope = {
  /** Topics that others write, the given one first. */
  readonly sources: readonly string[];
  /** The pipeline's own topics. */
  readonly own: readonly string[];
  readonly tables: readonly TablePlan[];
  readonly beside: readonly RedrivenFlow[];
  readonly groups: readonly ResetGroup[];
  /** Tables that keep something by key in the key's partition, and why they cannot be given more of them. */
  readonly bound: readonly { readonly table: string; readonly reason: string }[];
  /** Tables that know what they have seen for each partition alone. */
  readonly forgetful: readonly string[];
};

/** What grows with a topic; nothing where the pipeline has no part of it. */
export function growthScopeOf(plan: PipelinePlan, topic: string): GrowthScope {
  const made = new Set([topic]);
  const tables = new Set<TablePlan>();
  // A table's inputs have the same count, so what joins one of them to the given topic joins all.
  for (let before = -1; before < made.size + tables.size; ) {
    before = made.size + tables.size;
    for (const table of plan.tables) {
      const own = ownTopics(table);
      const inputs = flowsOf(table).map((flow) => inputTopicOf(plan, flow));
      if (![...own, ...inputs].some((each) => made.has(each))) continue;
      tables.add(table);
      for (const each of [...own, ...inputs]) made.add(each);
    }
  }
  const found = plan.tables.filter((table) => tables.has(table));
  const beside = found.flatMap((table) => redrivenFlowsOf(plan, table));
  const external = new Set(externalTopicsOf(plan));
  const group = (flow: string, of: string, kind: string): ResetGroup => ({
    ...{ group: groupOf(plan, flow), topic: of },
    service: kind === 'table' ? 'silver-enrich' : 'bronze-ingest',
  });
  return {
    sources: [...made].filter((each) => external.has(each)),
    own: found.flatMap(ownTopics),
    tables: found,
    beside,
    groups: [
      ...found.flatMap(flowsOf).map((flow) => group(flow.name, inputTopicOf(plan, flow), flow.source.kind)),
      ...beside.map(({ flow, topic: of }) => group(flow.name, of, flow.source.kind)),
      { group: groupOf(plan, 'gold'), topic, service: 'gold-aggregate' },
    ],
    bound: found.flatMap((table) => {
      const reason = boundBy(table);
      return reason === null ? [] : [{ table: table.name, reason }];
    }),
    forgetful: found.filter(isForgetful).map(({ name }) => name),
  };
}

function ownTopics(table: TablePlan): readonly string[] {
  if (table.kind === 'streaming_table') return [table.topic, table.quarantineTopic];
  return table.kind === 'keyed_table' ? [table.changelogTopic, table.quarantineTopic] : [];
}

function boundBy(table: TablePlan): string | null {
  if (table.kind === 'keyed_table') return 'it keeps each key with its history in one partition';
  if (flowsOf(table).some(({ source }) => source.kind === 'files' || source.kind === 'snapshot'))
    return 'rows of its files go to the partitions of their keys';
  if (flowsOf(table).some(({ once }) => once))
    return 'a flow of it runs once, over what its input had in the beginning';
  return table.kind === 'streaming_table' && table.storage.cleanup !== 'delete'
    ? 'its topic is compacted, by key within each partition'
    : null;
}

const isForgetful = (table: TablePlan): table is StreamingTablePlan =>
  table.kind === 'streaming_table' && flowsOf(table).some(({ steps }) => steps.some(({ kind }) => kind === 'dedupe'));

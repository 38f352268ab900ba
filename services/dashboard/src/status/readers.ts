import { type FlowPlan, flowsOf, type PipelinePlan, type TablePlan } from '@medallion/pipeline';
import { groupOf, inputTopicOf, redrivenFlowsOf } from '@medallion/runtime';

/** Somebody who reads a topic: a flow, whose group says where it is, or the gold service, whose leases do. */
export type TopicReader = {
  readonly id: string;
  readonly topic: string;
  readonly table: string;
  /** Null: the gold service. */
  readonly flow: FlowPlan | null;
  /** Beside a declared flow, for redrives and backfills: its topic is only there once there was one. */
  readonly beside: boolean;
};

/** Who reads what in a pipeline, and whose reading each table and each edge waits for. */
export type Readers = {
  readonly all: readonly TopicReader[];
  /** By table: the readers that it is as late as. */
  readonly ofTable: ReadonlyMap<string, readonly string[]>;
  /** By source and target (`edgeKey`): those that take rows along the edge. */
  readonly ofEdge: ReadonlyMap<string, readonly string[]>;
  /** By table with a topic of its own: the reader of that topic, which sees its end move. */
  readonly ofOwnTopic: ReadonlyMap<string, string>;
};

export const edgeKey = (source: string, target: string): string => JSON.stringify([source, target]);

/** The reader of a topic that is the gold service. */
export const goldReaderId = (topic: string): string => `gold ${topic}`;
const flowReaderId = (flow: string): string => `flow ${flow}`;

/** The topic of a table's rows or changes; null for what has none. */
const ownTopic = (table: TablePlan): string | null =>
  table.kind === 'streaming_table' ? table.topic : table.kind === 'keyed_table' ? table.changelogTopic : null;

/** The group of a reader. */
export const groupOfReader = (plan: PipelinePlan, { flow }: TopicReader): string => groupOf(plan, flow?.name ?? 'gold');

/**
 * Everybody who reads a topic of the pipeline.
 *
 *   topic ──flow──▶ streaming or keyed table ──gold service──▶ materialized and relational views, change feeds
 *
 * A table is as late as the flows that fill it, one in Postgres as the gold service is with what it is computed from; a table
 * of the gold layer with a topic as both, as people query its copy.
 */
export function readersOf(plan: PipelinePlan): Readers {
  const all: TopicReader[] = [];
  const ofTable = new Map<string, readonly string[]>();
  const ofEdge = new Map<string, readonly string[]>();
  const ofOwnTopic = new Map<string, string>();
  const byName = new Map(plan.tables.map((table) => [table.name, table]));
  const ofFlow = ({ name }: FlowPlan): string => flowReaderId(name);

  for (const table of plan.tables) {
    const topic = ownTopic(table);
    for (const flow of flowsOf(table))
      all.push({ id: ofFlow(flow), topic: inputTopicOf(plan, flow), table: table.name, flow, beside: false });
    for (const { flow, topic } of redrivenFlowsOf(plan, table))
      all.push({ id: ofFlow(flow), topic, table: table.name, flow, beside: true });
    if (topic === null || !('quarantineTopic' in table)) continue;
    ofOwnTopic.set(table.name, goldReaderId(topic));
    for (const each of [topic, table.quarantineTopic])
      all.push({ id: goldReaderId(each), topic: each, table: table.name, flow: null, beside: false });
  }

  /** The gold service's readers of what is behind a table in Postgres. */
  const behind = (name: string): readonly string[] => {
    const table = byName.get(name);
    if (table === undefined) return [];
    const topic = ownTopic(table);
    if (topic !== null) return [goldReaderId(topic)];
    return [...new Set(inputsOf(table).flatMap(behind))];
  };
  const through = (view: string): readonly string[] =>
    plan.tables.flatMap((table) =>
      flowsOf(table)
        .filter(({ views }) => views.includes(view))
        .map(ofFlow),
    );

  for (const table of plan.tables) {
    const { name } = table;
    if (table.kind === 'view') {
      ofTable.set(name, through(name));
      ofEdge.set(edgeKey(table.source, name), through(name));
      continue;
    }
    if (table.kind === 'streaming_table' || table.kind === 'keyed_table') {
      const beside = redrivenFlowsOf(plan, table).map(({ flow }) => ofFlow(flow));
      const own = table.layer === 'gold' ? behind(name) : [];
      ofTable.set(name, [...flowsOf(table).map(ofFlow), ...beside, ...own]);
      for (const flow of flowsOf(table)) {
        const key = edgeKey(nearest(flow), name);
        ofEdge.set(key, [...(ofEdge.get(key) ?? []), ofFlow(flow)]);
      }
      continue;
    }
    ofTable.set(name, behind(name));
    for (const input of inputsOf(table)) ofEdge.set(edgeKey(input, name), behind(input));
  }
  return { all, ofTable, ofEdge, ofOwnTopic };
}

/** What a table in Postgres is computed from. */
function inputsOf(table: TablePlan): readonly string[] {
  if (!('source' in table)) return [];
  return table.kind === 'relational_view' ? [table.source, ...table.joins.map((join) => join.table)] : [table.source];
}

/** What a flow reads directly, as lineage names it: the last of its views, a table, a topic, or files. */
function nearest({ source, views }: FlowPlan): string {
  const view = views.at(-1);
  if (view !== undefined) return view;
  if (source.kind === 'table') return source.table;
  return source.kind === 'topic' ? source.topic : `${source.path}/${source.pattern}`;
}

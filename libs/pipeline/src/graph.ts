import { assertNever } from '@medallion/core';
import type { FlowPlan, Layer, PipelinePlan, SourcePlan, TablePlan } from './plan.ts';
import { flowsOf } from './plan-parts.ts';

/** A table of a pipeline, or what it reads of the world outside. */
export type GraphNode = {
  readonly name: string;
  readonly kind: TablePlan['kind'] | 'topic' | 'files' | 'snapshot';
  readonly layer: Layer | 'source';
  readonly comment: string | null;
};

/** Data that goes from one node to another: as rows of a flow, or looked up in a join. */
export type GraphEdge = { readonly from: string; readonly to: string; readonly kind: 'rows' | 'lookup' };

/** A pipeline as a graph without cycles; nodes in the order of the data. */
export type Graph = { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] };

/** What each table of a pipeline reads directly. */
export function graphOf(plan: PipelinePlan): Graph {
  const sources = new Map<string, GraphNode>();
  for (const table of plan.tables)
    for (const { source } of flowsOf(table))
      if (source.kind !== 'table')
        sources.set(sourceName(source), {
          name: sourceName(source),
          kind: source.kind,
          layer: 'source',
          comment: null,
        });
  const tables = plan.tables.map(({ name, kind, layer, comment }): GraphNode => ({ name, kind, layer, comment }));
  const edges = plan.tables.flatMap(edgesInto);
  const distinct = new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.kind}`, edge]));
  return { nodes: [...sources.values(), ...tables], edges: [...distinct.values()] };
}

/** The name of an external source, as people know it. */
function sourceName(source: Exclude<SourcePlan, { kind: 'table' }>): string {
  switch (source.kind) {
    case 'topic':
      return source.topic;
    case 'files':
    case 'snapshot':
      return `${source.path}/${source.pattern}`;
    default:
      return assertNever(source, 'source');
  }
}

function edgesInto(table: TablePlan): readonly GraphEdge[] {
  const to = table.name;
  switch (table.kind) {
    case 'streaming_table':
    case 'keyed_table':
      return flowsOf(table).flatMap((flow) => [
        { from: inputOf(flow), to, kind: 'rows' as const },
        ...lookups(flow.steps, to),
      ]);
    case 'view':
      return [{ from: table.source, to, kind: 'rows' }, ...lookups(table.steps, to)];
    case 'relational_view':
      return [
        { from: table.source, to, kind: 'rows' },
        ...table.joins.map((join) => ({ from: join.table, to, kind: 'lookup' as const })),
      ];
    case 'materialized_view':
    case 'change_feed':
      return [{ from: table.source, to, kind: 'rows' }];
    default:
      return assertNever(table, 'table');
  }
}

/** The nearest that a flow reads: the last of the views between its source and it. */
const inputOf = ({ source, views }: FlowPlan): string =>
  views.at(-1) ?? (source.kind === 'table' ? source.table : sourceName(source));

const lookups = (steps: FlowPlan['steps'], to: string): readonly GraphEdge[] =>
  steps.flatMap((step) => (step.kind === 'join' ? [{ from: step.table, to, kind: 'lookup' as const }] : []));

const LANES = ['source', 'bronze', 'silver', 'gold'] as const;

/** A graph as Mermaid text: a lane for each layer, dotted edges for lookups. */
export function toMermaid({ nodes, edges }: Graph): string {
  const id = new Map(nodes.map(({ name }, i) => [name, `n${i}`]));
  const shape = ({ name, kind }: GraphNode): string => {
    const text = `"${name}<br/><small>${kind.replaceAll('_', ' ')}</small>"`;
    return kind === 'topic' || kind === 'files' || kind === 'snapshot' ? `([${text}])` : `[${text}]`;
  };
  const lanes = LANES.flatMap((lane) => {
    const inLane = nodes.filter(({ layer }) => layer === lane);
    if (inLane.length === 0) return [];
    return [`  subgraph ${lane}`, ...inLane.map((node) => `    ${id.get(node.name)}${shape(node)}`), '  end'];
  });
  const arrows = edges.map(
    ({ from, to, kind }) => `  ${id.get(from)} ${kind === 'lookup' ? '-.->' : '-->'} ${id.get(to)}`,
  );
  return ['flowchart LR', ...lanes, ...arrows, ''].join('\n');
}

/** A graph as text: each node after those that it reads, with what it reads. */
export function graphText({ nodes, edges }: Graph): string {
  const lines = LANES.flatMap((lane) => {
    const inLane = nodes.filter(({ layer }) => layer === lane);
    if (inLane.length === 0) return [];
    return [
      lane,
      ...inLane.map(({ name, kind }) => {
        const from = edges
          .filter((edge) => edge.to === name)
          .map((edge) => (edge.kind === 'lookup' ? `(${edge.from})` : edge.from));
        return `  ${name}  ${kind.replaceAll('_', ' ')}${from.length === 0 ? '' : `  ◀ ${from.join(', ')}`}`;
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}

import { loadPipeline } from '@medallion/host';
import { graphOf as declaredGraph, expectationsOf, type PipelinePlan } from '@medallion/pipeline';
import type { Graph } from '../../../../src/contract/operator.ts';
import { graphOf } from '../../../../src/status/graph.ts';

const NAMES = ['santa-deliveries', 'orders-streaming', 'medallion-sales', 'lakeflow-customers', 'circuit-box'] as const;

/** A plan as the service draws it of the catalogue, which has tables by name and edges by their ends. */
function drawn(plan: PipelinePlan): Graph {
  const { edges } = declaredGraph(plan);
  const sources = new Map(declaredGraph(plan).nodes.map(({ name, kind }) => [name, kind]));
  return graphOf({
    tables: plan.tables
      .map((table) => ({
        ...{ name: table.name, layer: table.layer, kind: table.kind, comment: table.comment },
        ...{ columns: table.schema.fields.length, rules: expectationsOf(table).length },
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    edges: edges
      .map(({ from, to }) => ({ source: from, target: to, kind: sources.get(from) ?? 'table' }))
      .toSorted((a, b) => (`${a.target} ${a.source}` < `${b.target} ${b.source}` ? -1 : 1)),
    flows: [],
  });
}

const found = await Promise.all(NAMES.map(async (name) => [name, drawn(await loadPipeline(name))] as const));

/** The graphs of the five pipelines, as their plans draw them. */
export const graphs = Object.fromEntries(found) as Readonly<Record<(typeof NAMES)[number], Graph>>;

import type { Graph, GraphEdge, GraphNode } from '../contract/index.ts';
import type { CatalogueFacts } from './catalogue-facts.ts';

/** The pipeline as a graph: sources first, then its tables in the order of the data. */
export function graphOf(facts: CatalogueFacts): Graph {
  const { tables, edges } = facts;
  const known = new Set(tables.map(({ name }) => name));
  const sources = new Map<string, GraphNode>();
  for (const { source, kind } of edges)
    if (!known.has(source))
      sources.set(source, { id: source, kind, layer: 'source', comment: null, columns: 0, rules: 0 });
  const nodes = tables.map(
    ({ name, kind, layer, comment, columns, rules }): GraphNode => ({ id: name, kind, layer, comment, columns, rules }),
  );
  return {
    nodes: [...sources.values(), ...inOrder(nodes, edges)],
    edges: edges.map(({ source, target }) => ({ source, target, flow: flowAlong(source, target, facts) })),
  };
}

/**
 * The flow that takes rows along an edge; null where rows are looked up, or computed in Postgres. A flow names the source
 * behind all views, an edge the last of the views: where several flows come through views, it is not known here which.
 */
function flowAlong(source: string, target: string, { tables, edges, flows }: CatalogueFacts): string | null {
  const into = flows.filter(({ table }) => table === target);
  const direct = into.find(({ input }) => input === source);
  if (direct !== undefined) return direct.flow;
  const views = new Set(tables.filter(({ kind }) => kind === 'view').map(({ name }) => name));
  const behind = new Set(views.has(source) ? [source] : []);
  // A set's iteration goes on with what is added meanwhile.
  for (const name of behind)
    if (views.has(name)) for (const edge of edges) if (edge.target === name) behind.add(edge.source);
  const through = into.filter(({ input }) => behind.has(input));
  return through.length === 1 ? through[0]!.flow : null;
}

/** Each table after those that it reads; what is no graph without cycles stays as it was. */
function inOrder(nodes: readonly GraphNode[], edges: readonly Omit<GraphEdge, 'flow'>[]): readonly GraphNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ordered = new Set<GraphNode>();
  const open = new Set<string>();
  const visit = (node: GraphNode): void => {
    if (ordered.has(node) || open.has(node.id)) return;
    open.add(node.id);
    for (const { source, target } of edges) {
      const input = target === node.id ? byId.get(source) : undefined;
      if (input !== undefined) visit(input);
    }
    ordered.add(node);
  };
  for (const node of nodes) visit(node);
  return [...ordered];
}

import type { Graph, GraphNode } from '../../../../src/contract/operator.ts';

export type Lane = GraphNode['layer'];
export const LANES: readonly Lane[] = ['source', 'bronze', 'silver', 'gold'];

/** What is folded away: whole lanes, and what is behind single tables. */
export type Folds = { readonly lanes: ReadonlySet<Lane>; readonly behind: ReadonlySet<string> };
export const NO_FOLDS: Folds = { lanes: new Set(), behind: new Set() };

/** Something drawn as one box: a table or source, or a folded lane that stands for all of its own. */
export type ShownNode = {
  readonly id: string;
  readonly lane: Lane;
  /** The nodes that it stands for; of one that is no folded lane itself alone. */
  readonly members: readonly GraphNode[];
  readonly folded: boolean;
  /** How many are folded away behind it. */
  readonly hidden: number;
  /** Whether there is anything behind it that can be folded away. */
  readonly foldable: boolean;
};
/** An arrow, which stands for all edges between the nodes that its ends stand for. */
export type ShownEdge = {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly members: readonly { readonly source: string; readonly target: string }[];
};
export type ShownGraph = { readonly nodes: readonly ShownNode[]; readonly edges: readonly ShownEdge[] };

/** What feeds each node directly. */
export function inputsOf(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const inputs = new Map<string, string[]>(graph.nodes.map(({ id }) => [id, []]));
  for (const { source, target } of graph.edges) inputs.get(target)?.push(source);
  return inputs;
}

/**
 * What is behind a node: all that gets its records through it alone. A table with another input that stays on show stays
 * itself, so that no arrow ends in nothing.
 */
export function behind(graph: Graph, id: string): ReadonlySet<string> {
  const inputs = inputsOf(graph);
  const hidden = new Set<string>();
  // As many rounds as the longest path is long; each finds at least one, or it is the last.
  for (let before = -1; before !== hidden.size; ) {
    before = hidden.size;
    for (const [node, from] of inputs)
      if (from.length > 0 && from.every((each) => each === id || hidden.has(each))) hidden.add(node);
  }
  return hidden;
}

/** The graph with what is folded away taken out of it. */
export function shownGraph(graph: Graph, folds: Folds): ShownGraph {
  const known = new Set(graph.nodes.map(({ id }) => id));
  const hiddenBy = new Map<string, ReadonlySet<string>>();
  for (const id of folds.behind) if (known.has(id)) hiddenBy.set(id, behind(graph, id));
  const hidden = new Set([...hiddenBy.values()].flatMap((each) => [...each]));
  const shown = graph.nodes.filter(({ id }) => !hidden.has(id));
  const boxOf = new Map(shown.map((node) => [node.id, folds.lanes.has(node.layer) ? laneId(node.layer) : node.id]));

  const nodes = LANES.flatMap((lane): readonly ShownNode[] => {
    const members = shown.filter(({ layer }) => layer === lane);
    if (members.length === 0) return [];
    if (folds.lanes.has(lane)) return [{ id: laneId(lane), lane, members, folded: true, hidden: 0, foldable: false }];
    return members.map((node) => ({
      ...{ id: node.id, lane, members: [node], folded: false },
      hidden: hiddenBy.get(node.id)?.size ?? 0,
      foldable: behind(graph, node.id).size > 0,
    }));
  });
  return { nodes, edges: shownEdges(graph, boxOf) };
}

const laneId = (lane: Lane): string => `lane ${lane}`;

function shownEdges(graph: Graph, boxOf: ReadonlyMap<string, string>): readonly ShownEdge[] {
  const edges = new Map<string, { source: string; target: string; members: { source: string; target: string }[] }>();
  for (const { source, target } of graph.edges) {
    const [from, to] = [boxOf.get(source), boxOf.get(target)];
    if (from === undefined || to === undefined || from === to) continue;
    const id = `${from} → ${to}`;
    const edge = edges.get(id) ?? { source: from, target: to, members: [] };
    edge.members.push({ source, target });
    edges.set(id, edge);
  }
  return [...edges].map(([id, edge]) => ({ id, ...edge }));
}

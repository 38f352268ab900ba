import { layout as arrange, Graph as Dagre } from '@dagrejs/dagre';
import { LANES, type Lane, type ShownGraph } from './shown-graph.ts';

/** Lanes beside each other, the data going right, or under each other, the data going down. */
export type Direction = 'right' | 'down';

export type Place = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type PlacedNode = Place & { readonly id: string; readonly lane: Lane };
/** An arrow, and in the middle of its label: room that nothing else is drawn in. */
export type PlacedEdge = {
  readonly id: string;
  readonly path: string;
  readonly label: { readonly x: number; readonly y: number };
};
export type PlacedLane = Place & { readonly lane: Lane };

/** Where everything is, in pixels at scale 1; x and y are of the top left corner. */
export type Layout = {
  readonly direction: Direction;
  readonly density: Density;
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly lanes: readonly PlacedLane[];
};

/** How much of a table is written on its box. */
export type Density = 'full' | 'medium' | 'brief';

type Box = { readonly width: number; readonly height: number };
const BOXES: Readonly<Record<Density, { readonly table: Box; readonly source: Box }>> = {
  full: { table: { width: 256, height: 106 }, source: { width: 256, height: 54 } },
  medium: { table: { width: 216, height: 80 }, source: { width: 216, height: 48 } },
  brief: { table: { width: 208, height: 60 }, source: { width: 208, height: 48 } },
};
/** Between boxes beside each other, and between a box and the label of its arrow. */
const GAPS: Readonly<Record<Density, Readonly<Record<Direction, { readonly nodes: number; readonly label: number }>>>> =
  {
    full: { right: { nodes: 24, label: 18 }, down: { nodes: 28, label: 20 } },
    medium: { right: { nodes: 16, label: 14 }, down: { nodes: 20, label: 14 } },
    brief: { right: { nodes: 16, label: 14 }, down: { nodes: 20, label: 14 } },
  };
/**
 * What is written on an arrow has at most so much room: two short lines where arrows lie, as columns are dear there, one
 * long line where they stand.
 */
export const LABELS: Readonly<Record<Direction, Box>> = {
  right: { width: 66, height: 34 },
  down: { width: 124, height: 18 },
};
/** Around everything, and between a lane's border and its nodes. */
const MARGIN = 24;
/** For the name of the lane: above its nodes, or left of them. */
const HEAD = { right: 28, down: 56 } as const;
/** So far from a box's corners arrows begin and end. */
const CORNER = 24;

/** The node that all others hang on, so that dagre keeps every lane where it belongs; it is not drawn. */
const ROOT = ' root';

type Point = { readonly x: number; readonly y: number };
type Arrow = { readonly id: string; readonly points: readonly Point[]; readonly label: Point };

/** Places the nodes in their lanes, with as few crossings as dagre finds. The same graph gives the same layout. */
export function layOut(graph: ShownGraph, direction: Direction, density: Density = 'full'): Layout {
  const across = direction === 'right';
  const ranks = ranksOf(graph);
  const dagre = new Dagre();
  const gaps = GAPS[density][direction];
  dagre.setGraph({ rankdir: across ? 'LR' : 'TB', nodesep: gaps.nodes, edgesep: 16, ranksep: 2 * gaps.label });
  dagre.setDefaultEdgeLabel(() => ({}));
  dagre.setNode(ROOT, { width: 0, height: 0 });
  for (const node of graph.nodes) dagre.setNode(node.id, { ...boxOf(node, density) });
  const fed = new Set(graph.edges.map(({ target }) => target));
  for (const { source, target } of graph.edges) {
    const minlen = Math.max(1, rank(ranks, target) - rank(ranks, source));
    dagre.setEdge(source, target, { minlen, weight: 2, ...LABELS[direction], labelpos: 'c' });
  }
  for (const { id } of graph.nodes)
    if (!fed.has(id)) dagre.setEdge(ROOT, id, { minlen: rank(ranks, id) + 1, weight: 1 });
  arrange(dagre);

  const found = graph.nodes.map((node) => {
    const { x = 0, y = 0 } = dagre.node(node.id) as Partial<Point>;
    const { width, height } = boxOf(node, density);
    return { id: node.id, lane: node.lane, x: x - width / 2, y: y - height / 2, width, height };
  });
  const arrows = graph.edges.map(({ id, source, target }): Arrow => {
    const { points = [], x = 0, y = 0 } = dagre.edge(source, target) as Partial<Arrow & Point>;
    const from = found.find((node) => node.id === source);
    const to = found.find((node) => node.id === target);
    return { id, points: docked(points, from, to, across), label: { x, y } };
  });
  return { density, ...framed(found, arrows, direction) };
}

const boxOf = ({ lane, folded }: ShownGraph['nodes'][number], density: Density): Box =>
  BOXES[density][lane === 'source' && !folded ? 'source' : 'table'];

/** Arrows leave a box on the side where the data goes on, and arrive on the one where it comes from. */
function docked(
  points: readonly Point[],
  from: Place | undefined,
  to: Place | undefined,
  across: boolean,
): readonly Point[] {
  if (points.length < 3 || from === undefined || to === undefined) return points;
  const inner = points.slice(1, -1);
  const within = (value: number, start: number, size: number): number =>
    Math.min(Math.max(value, start + CORNER), start + size - CORNER);
  const dock = (box: Place, toward: Point, end: boolean): Point =>
    across
      ? { x: end ? box.x : box.x + box.width, y: within(toward.y, box.y, box.height) }
      : { x: within(toward.x, box.x, box.width), y: end ? box.y : box.y + box.height };
  return [dock(from, inner[0] as Point, false), ...inner, dock(to, inner.at(-1) as Point, true)];
}

/** Moves all to where the lanes' frames begin at 0, and draws those. */
function framed(nodes: readonly PlacedNode[], arrows: readonly Arrow[], direction: Direction): Omit<Layout, 'density'> {
  const across = direction === 'right';
  const label = LABELS[direction];
  const all = [
    ...nodes.flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
    ...arrows.flatMap(({ points, label: { x, y } }) => [
      ...points,
      { x: x - label.width / 2, y: y - label.height / 2 },
      { x: x + label.width / 2, y: y + label.height / 2 },
    ]),
  ];
  const low = (of: (point: Point) => number): number => Math.min(...all.map(of), Number.POSITIVE_INFINITY);
  const high = (of: (point: Point) => number): number => Math.max(...all.map(of), Number.NEGATIVE_INFINITY);
  if (all.length === 0) return { direction, width: 0, height: 0, nodes: [], edges: [], lanes: [] };
  const dx = MARGIN - low(({ x }) => x) + (across ? 0 : HEAD.down);
  const dy = MARGIN - low(({ y }) => y) + (across ? HEAD.right : 0);
  const moved = nodes.map((node) => ({ ...node, x: node.x + dx, y: node.y + dy }));
  const width = high(({ x }) => x) + dx + MARGIN;
  const height = high(({ y }) => y) + dy + MARGIN;
  return {
    ...{ direction, width, height, nodes: moved },
    edges: arrows.map(({ id, points, label: { x, y } }) => {
      const at = points.map((point) => ({ x: point.x + dx, y: point.y + dy }));
      return { id, path: curve(at, across), label: { x: x + dx, y: y + dy } };
    }),
    lanes: lanesOf(moved, across, width, height),
  };
}

/** A lane reaches half way to its neighbours, and over the whole breadth. */
function lanesOf(nodes: readonly PlacedNode[], across: boolean, width: number, height: number): readonly PlacedLane[] {
  const extents = LANES.flatMap((lane) => {
    const own = nodes.filter((node) => node.lane === lane);
    if (own.length === 0) return [];
    const starts = own.map(({ x, y }) => (across ? x : y));
    const ends = own.map(({ x, y, width: w, height: h }) => (across ? x + w : y + h));
    return [{ lane, from: Math.min(...starts), to: Math.max(...ends) }];
  });
  return extents.map(({ lane, from, to }, i) => {
    const before = extents[i - 1];
    const after = extents[i + 1];
    const start = before === undefined ? 0 : (before.to + from) / 2;
    const end = after === undefined ? (across ? width : height) : (to + after.from) / 2;
    return across
      ? { lane, x: start, y: 0, width: end - start, height }
      : { lane, x: 0, y: start, width, height: end - start };
  });
}

/** How far each node is from the start: after all of the lane before its own, and after all that feeds it. */
function ranksOf(graph: ShownGraph): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  let first = 0;
  for (const lane of LANES) {
    const own = graph.nodes.filter((node) => node.lane === lane).map(({ id }) => id);
    const depth = depthsIn(new Set(own), graph);
    for (const id of own) ranks.set(id, first + (depth.get(id) ?? 0));
    if (own.length > 0) first += Math.max(...own.map((id) => depth.get(id) ?? 0)) + 1;
  }
  return ranks;
}

const rank = (ranks: ReadonlyMap<string, number>, id: string): number => ranks.get(id) ?? 0;

/** The longest way to each node over nodes of its own lane; a cycle, which no plan has, ends after one round. */
function depthsIn(own: ReadonlySet<string>, graph: ShownGraph): ReadonlyMap<string, number> {
  const depths = new Map([...own].map((id) => [id, 0]));
  for (let round = 0; round < own.size; round++) {
    let changed = false;
    for (const { source, target } of graph.edges) {
      if (!own.has(source) || !own.has(target)) continue;
      const least = (depths.get(source) ?? 0) + 1;
      if ((depths.get(target) ?? 0) >= least) continue;
      depths.set(target, least);
      changed = true;
    }
    if (!changed) break;
  }
  return depths;
}

/** A smooth line through the points, which leaves and arrives in the direction of the data. */
function curve(points: readonly Point[], across: boolean): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const n = (value: number): string => String(Math.round(value * 10) / 10);
  let from = first;
  let path = `M${n(first.x)},${n(first.y)}`;
  for (const to of rest) {
    const [mx, my] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
    path += across
      ? `C${n(mx)},${n(from.y)} ${n(mx)},${n(to.y)} ${n(to.x)},${n(to.y)}`
      : `C${n(from.x)},${n(my)} ${n(to.x)},${n(my)} ${n(to.x)},${n(to.y)}`;
    from = to;
  }
  return path;
}

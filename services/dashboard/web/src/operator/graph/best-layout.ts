import { type Density, type Direction, type Layout, layOut } from './layout.ts';
import type { ShownGraph } from './shown-graph.ts';
import { fit, type Size } from './viewport.ts';

/** In the order in which they are liked: fuller boxes tell more, and data that goes right is how one reads. */
const CANDIDATES: readonly (readonly [Direction, Density])[] = [
  ['right', 'full'],
  ['down', 'full'],
  ['down', 'medium'],
  ['right', 'medium'],
  ['down', 'brief'],
  ['right', 'brief'],
];
/** From this scale on what is written on a box is read without effort. */
const LEGIBLE = 0.88;

/** The first layout that can be read when all of it is in the frame; else the one that comes nearest. */
export function bestLayout(graph: ShownGraph, frame: Size): Layout {
  let best: { readonly layout: Layout; readonly scale: number } | null = null;
  for (const [direction, density] of CANDIDATES) {
    const layout = layOut(graph, direction, density);
    const { scale } = fit(layout, frame);
    if (scale >= LEGIBLE) return layout;
    if (best === null || scale > best.scale) best = { layout, scale };
  }
  return best!.layout;
}

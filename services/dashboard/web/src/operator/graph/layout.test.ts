import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphs } from '../test/graphs.ts';
import { type Density, type Direction, LABELS, type Layout, layOut, type Place, type PlacedNode } from './layout.ts';
import { LANES, NO_FOLDS, shownGraph } from './shown-graph.ts';

const DENSITIES: readonly Density[] = ['full', 'medium', 'brief'];
const DIRECTIONS: readonly Direction[] = ['right', 'down'];
const each = (check: (layout: Layout, name: keyof typeof graphs) => void): void => {
  for (const name of Object.keys(graphs) as (keyof typeof graphs)[])
    for (const direction of DIRECTIONS)
      for (const density of DENSITIES) check(layOut(shownGraph(graphs[name], NO_FOLDS), direction, density), name);
};
const along = ({ direction }: Layout, node: PlacedNode): number => (direction === 'right' ? node.x : node.y);

/** The room of what is written on the arrows. */
const labelsOf = ({ edges, direction }: Layout): readonly (Place & { readonly id: string })[] =>
  edges.map(({ id, label }) => {
    const { width, height } = LABELS[direction];
    return { id, x: label.x - width / 2, y: label.y - height / 2, width, height };
  });

test('nothing is drawn on what is written: no boxes and no labels overlap', () => {
  each((layout, name) => {
    const all = [...layout.nodes, ...labelsOf(layout)];
    for (const [i, a] of all.entries())
      for (const b of all.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, `${name} ${layout.direction} ${layout.density}: ${a.id} and ${b.id}`);
      }
  });
});

test('the label of an arrow is on it, and an arrow is to be seen on both sides of it', () => {
  each(({ edges, nodes, direction, width, height }, name) => {
    for (const { id, label, path } of edges) {
      const [from, to] = id.split(' → ').map((end) => nodes.find((node) => node.id === end) as PlacedNode);
      const numbers = path.match(/-?[\d.]+/g)?.map(Number) ?? [];
      const stops = numbers.flatMap((x, i) => (i % 2 === 0 ? [[x, numbers[i + 1] as number] as const] : []));
      assert.ok(
        stops.some(([x, y]) => Math.hypot(x - label.x, y - label.y) < 0.2),
        `${name}: ${id}`,
      );
      const room = LABELS[direction];
      const [start, end, at, half] =
        direction === 'right'
          ? [(from as Place).x + (from as Place).width, (to as Place).x, label.x, room.width / 2]
          : [(from as Place).y + (from as Place).height, (to as Place).y, label.y, room.height / 2];
      assert.ok(at - half - start >= 10 && end - at - half >= 10, `${name}: ${id}`);
      assert.ok(label.x - room.width / 2 >= 0 && label.x + room.width / 2 <= width, `${name}: ${id} is cut`);
      assert.ok(label.y - room.height / 2 >= 0 && label.y + room.height / 2 <= height, `${name}: ${id} is cut`);
    }
  });
});

test('every box is within the frame of its lane, and all is within the picture', () => {
  each(({ nodes, lanes, width, height }, name) => {
    for (const node of nodes) {
      const lane = lanes.find((one) => one.lane === node.lane);
      assert.ok(lane, name);
      assert.ok(node.x >= lane.x && node.y >= lane.y, `${name}: ${node.id}`);
      assert.ok(node.x + node.width <= lane.x + lane.width && node.y + node.height <= lane.y + lane.height, node.id);
      assert.ok(node.x + node.width <= width && node.y + node.height <= height, node.id);
    }
  });
});

test('data goes one way: every table is after all that feeds it', () => {
  each((layout, name) => {
    const at = new Map(layout.nodes.map((node) => [node.id, along(layout, node)]));
    for (const { source, target } of graphs[name].edges)
      assert.ok((at.get(source) as number) < (at.get(target) as number), `${name}: ${source} ${target}`);
  });
});

test('lanes follow each other in the order of the data without a gap', () => {
  each(({ lanes, direction, width, height }) => {
    assert.deepEqual(
      lanes.map(({ lane }) => lane),
      LANES.filter((lane) => lanes.some((one) => one.lane === lane)),
    );
    const start = direction === 'right' ? 'x' : 'y';
    const size = direction === 'right' ? 'width' : 'height';
    let end = 0;
    for (const lane of lanes) {
      assert.ok(Math.abs(lane[start] - end) < 0.001);
      end = lane[start] + lane[size];
    }
    assert.ok(Math.abs(end - (direction === 'right' ? width : height)) < 0.001);
  });
});

test('the same graph is laid out the same', () => {
  const once = layOut(shownGraph(graphs['circuit-box'], NO_FOLDS), 'right');
  assert.deepEqual(layOut(shownGraph(graphs['circuit-box'], NO_FOLDS), 'right'), once);
});

test('an empty graph takes no room', () => {
  const { width, height, nodes, lanes } = layOut({ nodes: [], edges: [] }, 'right');
  assert.deepEqual({ width, height, nodes, lanes }, { width: 0, height: 0, nodes: [], lanes: [] });
});

test('every arrow is drawn, from the box that it leaves to the box that it ends at', () => {
  each(({ edges, nodes }, name) => {
    assert.equal(edges.length, graphs[name].edges.length);
    for (const { id, path } of edges) {
      const [from, to] = id.split(' → ').map((end) => nodes.find((node) => node.id === end) as PlacedNode);
      const numbers = path.match(/-?[\d.]+/g)?.map(Number) ?? [];
      const near = (node: PlacedNode, x: number, y: number): boolean =>
        x >= node.x - 1 && x <= node.x + node.width + 1 && y >= node.y - 1 && y <= node.y + node.height + 1;
      assert.ok(near(from as PlacedNode, numbers[0] as number, numbers[1] as number), `${id} begins`);
      assert.ok(near(to as PlacedNode, numbers.at(-2) as number, numbers.at(-1) as number), `${id} ends`);
    }
  });
});

import { layout as arrange, Graph as Dagre } from '@dagrejs/dagre';
import { type ColumnEdge, type ColumnName, columnKey, walk } from './column-walk.ts';

/** A table of the picture with those of its columns that are on the way. */
export type TableBox = {
  readonly table: string;
  readonly columns: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};
export type Arrow = { readonly id: string; readonly path: string };
export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly TableBox[];
  readonly arrows: readonly Arrow[];
};

/** For the longest names of tables; columns have as much. */
export const BOX_WIDTH = 256;
export const HEAD_HEIGHT = 34;
export const COLUMN_HEIGHT = 24;
const FOOT = 6;
const MARGIN = 12;

/** The edges between a column, all that leads to it and all that comes of it. */
export function onTheWay(edges: readonly ColumnEdge[], chosen: ColumnName): readonly ColumnEdge[] {
  const before = new Set([chosen, ...walk(edges, chosen, 'to')].map(columnKey));
  const after = new Set([chosen, ...walk(edges, chosen, 'from')].map(columnKey));
  return edges.filter((edge) => {
    const source = columnKey({ table: edge.source, column: edge.sourceColumn });
    const target = columnKey({ table: edge.target, column: edge.targetColumn });
    return (before.has(source) && before.has(target)) || (after.has(source) && after.has(target));
  });
}

/** A column with all that leads to it on its left, and all that comes of it on its right. */
export function columnPicture(edges: readonly ColumnEdge[], chosen: ColumnName): Picture {
  const way = onTheWay(edges, chosen);
  const columns = new Map<string, Set<string>>([[chosen.table, new Set([chosen.column])]]);
  const add = (table: string, column: string): void => {
    columns.set(table, (columns.get(table) ?? new Set()).add(column));
  };
  for (const edge of way) {
    add(edge.source, edge.sourceColumn);
    add(edge.target, edge.targetColumn);
  }
  const arrows = way.map((edge) => ({
    from: edge.source,
    fromColumn: edge.sourceColumn,
    to: edge.target,
    toColumn: edge.targetColumn,
  }));
  return drawn(columns, arrows);
}

/** All tables, and which feeds which. */
export function tablePicture(tables: readonly { readonly source: string; readonly target: string }[]): Picture {
  const boxes = new Map(
    tables.flatMap(({ source, target }) => [source, target]).map((table) => [table, new Set<string>()]),
  );
  return drawn(
    boxes,
    tables.map(({ source, target }) => ({ from: source, fromColumn: null, to: target, toColumn: null })),
  );
}

type Link = {
  readonly from: string;
  readonly fromColumn: string | null;
  readonly to: string;
  readonly toColumn: string | null;
};

function drawn(columns: ReadonlyMap<string, ReadonlySet<string>>, links: readonly Link[]): Picture {
  const dagre = new Dagre();
  dagre.setGraph({ rankdir: 'LR', nodesep: 16, edgesep: 8, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  dagre.setDefaultEdgeLabel(() => ({}));
  const heightOf = (n: number): number => HEAD_HEIGHT + (n === 0 ? 0 : n * COLUMN_HEIGHT + FOOT);
  for (const [table, names] of columns) dagre.setNode(table, { width: BOX_WIDTH, height: heightOf(names.size) });
  for (const { from, to } of links) dagre.setEdge(from, to, {});
  arrange(dagre);
  const boxes = [...columns].map(([table, names]): TableBox => {
    const { x = 0, y = 0 } = dagre.node(table) as { readonly x?: number; readonly y?: number };
    const height = heightOf(names.size);
    return { table, columns: [...names], x: x - BOX_WIDTH / 2, y: y - height / 2, width: BOX_WIDTH, height };
  });
  const byName = new Map(boxes.map((box) => [box.table, box]));
  const arrows = links.flatMap((link): readonly Arrow[] => {
    const [from, to] = [byName.get(link.from), byName.get(link.to)];
    if (from === undefined || to === undefined) return [];
    const [x1, y1] = [from.x + from.width, rowOf(from, link.fromColumn)];
    const [x2, y2] = [to.x, rowOf(to, link.toColumn)];
    const bend = Math.max(28, (x2 - x1) / 2);
    const path = `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
    return [{ id: JSON.stringify([link.from, link.fromColumn, link.to, link.toColumn]), path }];
  });
  return {
    width: Math.max(0, ...boxes.map((box) => box.x + box.width)) + MARGIN,
    height: Math.max(0, ...boxes.map((box) => box.y + box.height)) + MARGIN,
    boxes,
    arrows,
  };
}

/** The height at which a column's arrows begin and end. */
function rowOf(box: TableBox, column: string | null): number {
  const index = column === null ? -1 : box.columns.indexOf(column);
  return index === -1 ? box.y + HEAD_HEIGHT / 2 : box.y + HEAD_HEIGHT + (index + 0.5) * COLUMN_HEIGHT;
}

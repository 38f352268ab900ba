import type { Graph, GraphNode, Status, TableStatus } from '../../../../src/contract/operator.ts';
import { LANES } from '../graph/shown-graph.ts';
import { found } from '../search.ts';
import { STATES, type State } from '../states.ts';

/** A table with what moves of it, which is null until it is known. */
export type TableRow = { readonly node: GraphNode; readonly status: TableStatus | null };

export const SORTS = ['state', 'table', 'rate', 'lag', 'watermark', 'freshness', 'failed', 'data'] as const;
export type Sort = (typeof SORTS)[number];
export type Order = { readonly by: Sort; readonly descending: boolean };
export type Filter = { readonly query: string; readonly state: State | null };

/** The tables of a graph, without its sources, in the order of the data. */
export function tableRows(graph: Graph, status: Status | null): readonly TableRow[] {
  const known = new Map(status?.tables.map((table) => [table.table, table]));
  return graph.nodes
    .filter(({ layer }) => layer !== 'source')
    .map((node) => ({ node, status: known.get(node.id) ?? null }));
}

export function filtered(rows: readonly TableRow[], { query, state }: Filter): readonly TableRow[] {
  const named =
    query.trim() === '' ? rows : found(rows, query, ({ node }) => [node.id, node.comment, node.kind, node.layer]);
  return state === null ? named : named.filter(({ status }) => stateOf(status) === state);
}

export const stateOf = (status: TableStatus | null): State => status?.state ?? 'unknown';

/**
 * Rows in an order. Equal ones stay in the order of the data, and those that say nothing come last either way, so that a
 * refresh moves only what changed.
 */
export function sorted(rows: readonly TableRow[], { by, descending }: Order): readonly TableRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [keyOf(a, by), keyOf(b, by)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'string') return sign * left.localeCompare(String(right), 'en', { numeric: true });
    return sign * (left - Number(right));
  });
}

/** What each column is first sorted by: the worst, the most and the oldest are what one looks for. */
export const firstOrder = (by: Sort): Order => ({
  by,
  descending: by === 'rate' || by === 'lag' || by === 'freshness' || by === 'failed',
});

function keyOf({ node, status }: TableRow, by: Sort): number | string | null {
  switch (by) {
    case 'data':
      return LANES.indexOf(node.layer);
    case 'table':
      return node.id;
    case 'state':
      return STATES.indexOf(stateOf(status));
    case 'rate':
      return status?.rowsPerSecond ?? null;
    case 'lag':
      return status?.lagRecords ?? null;
    case 'watermark':
      return status?.watermark ?? null;
    case 'freshness':
      return status?.freshness?.seconds ?? null;
    case 'failed':
      return status?.failed ?? null;
  }
}

/** An order as an address has it: `-lag`. */
export const orderText = ({ by, descending }: Order): string => `${descending ? '-' : ''}${by}`;

/** The order that an address asks for; that of the data where it asks for none that there is. */
export function orderOf(text: string | null): Order {
  const by = SORTS.find((sort) => sort === text?.replace(/^-/, ''));
  return by === undefined ? { by: 'data', descending: false } : { by, descending: text?.startsWith('-') ?? false };
}

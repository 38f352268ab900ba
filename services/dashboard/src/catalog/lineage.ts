import type { Query } from '@medallion/postgres';
import { notFound } from '../business/problems.ts';
import type { Lineage } from '../contract/index.ts';

/** Edges that are read at most; the widest pipeline here has some hundreds. */
const MOST = 20_000;

const TABLES = `SELECT source, target, kind FROM medallion.lineage WHERE pipeline = $1 ORDER BY target, source LIMIT ${MOST}`;
const COLUMNS = `SELECT source, source_column AS "sourceColumn", target, target_column AS "targetColumn"
FROM medallion.column_lineage WHERE pipeline = $1 ORDER BY target, target_column, source, source_column LIMIT ${MOST}`;

type TableEdge = Lineage['tables'][number];
type ColumnEdge = Lineage['columns'][number];

/** All edges of a pipeline. */
export const allLineage = async (query: Query, pipeline: string): Promise<Lineage> => ({
  tables: [...(await query<TableEdge>(TABLES, [pipeline]))],
  columns: [...(await query<ColumnEdge>(COLUMNS, [pipeline]))],
});

/**
 * What leads to a table or one of its columns, and what is made from it: everything upstream and downstream, however far.
 * What comes from a neighbour of neither kind is left out.
 *
 * @throws MED_NOT_FOUND when nobody knows the table or the column.
 */
export function lineageOf(all: Lineage, pipeline: string, table: string, column: string | undefined): Lineage {
  const list = `/api/operator/${pipeline}/lineage`;
  if (column === undefined) {
    const tables = both(
      all.tables,
      [table],
      ({ source }) => source,
      ({ target }) => target,
    );
    if (tables.length === 0) throw notFound('lineage of table', table, list);
    const pairs = new Set(tables.map(({ source, target }) => JSON.stringify([source, target])));
    const columns = all.columns.filter(({ source, target }) => pairs.has(JSON.stringify([source, target])));
    return { tables, columns };
  }
  const columns = both(all.columns, [keyOf(table, column)], sourceOf, targetOf);
  if (columns.length === 0) throw notFound('lineage of column', `${table}.${column}`, list);
  const pairs = new Set(columns.map(({ source, target }) => JSON.stringify([source, target])));
  return { tables: all.tables.filter((edge) => pairs.has(JSON.stringify([edge.source, edge.target]))), columns };
}

const keyOf = (table: string, column: string): string => JSON.stringify([table, column]);
const sourceOf = ({ source, sourceColumn }: ColumnEdge): string => keyOf(source, sourceColumn);
const targetOf = ({ target, targetColumn }: ColumnEdge): string => keyOf(target, targetColumn);

/** The edges on the ways to and from these nodes. */
function both<E>(
  edges: readonly E[],
  from: readonly string[],
  source: (e: E) => string,
  target: (e: E) => string,
): E[] {
  const found = new Set([...reached(edges, from, source, target), ...reached(edges, from, target, source)]);
  return edges.filter((edge) => found.has(edge));
}

/** The edges on the ways that begin at these nodes; each node is left once, so that circles end. */
function reached<E>(
  edges: readonly E[],
  from: readonly string[],
  tail: (e: E) => string,
  head: (e: E) => string,
): readonly E[] {
  const leaving = Map.groupBy(edges, tail);
  const nodes = new Set(from);
  const found: E[] = [];
  // A set that grows while it is walked is walked to its end.
  for (const node of nodes)
    for (const edge of leaving.get(node) ?? []) {
      found.push(edge);
      nodes.add(head(edge));
    }
  return found;
}

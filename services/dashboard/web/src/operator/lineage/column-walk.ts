import type { Lineage } from '../../../../src/contract/catalog.ts';

export type ColumnEdge = Lineage['columns'][number];
export type ColumnName = { readonly table: string; readonly column: string };
/** A column, and how many steps it is from the one that was asked for. */
export type Step = ColumnName & { readonly steps: number };

export const columnKey = ({ table, column }: ColumnName): string => JSON.stringify([table, column]);

/** Everything that leads to a column, or that it leads to: nearest first, each once, at its shortest distance. */
export function walk(edges: readonly ColumnEdge[], from: ColumnName, way: 'to' | 'from'): readonly Step[] {
  const neighbours = new Map<string, ColumnName[]>();
  for (const edge of edges) {
    const source = { table: edge.source, column: edge.sourceColumn };
    const target = { table: edge.target, column: edge.targetColumn };
    const [here, there] = way === 'to' ? [target, source] : [source, target];
    const known = neighbours.get(columnKey(here));
    if (known === undefined) neighbours.set(columnKey(here), [there]);
    else known.push(there);
  }
  const seen = new Set([columnKey(from)]);
  const steps: Step[] = [];
  let reached: readonly ColumnName[] = [from];
  for (let distance = 1; reached.length > 0; distance++) {
    const further: ColumnName[] = [];
    for (const each of reached.flatMap((column) => neighbours.get(columnKey(column)) ?? [])) {
      if (seen.has(columnKey(each))) continue;
      seen.add(columnKey(each));
      further.push(each);
      steps.push({ ...each, steps: distance });
    }
    reached = further;
  }
  return steps;
}

/** Columns by their tables, in the order of `tables`, as a column of the picture each. */
export function byTable(
  columns: readonly ColumnName[],
  tables: readonly string[],
): readonly { readonly table: string; readonly columns: readonly string[] }[] {
  const groups = new Map<string, Set<string>>();
  for (const { table, column } of columns) groups.set(table, (groups.get(table) ?? new Set()).add(column));
  const order = new Map(tables.map((table, i) => [table, i]));
  const place = (table: string): number => order.get(table) ?? tables.length;
  return [...groups]
    .map(([table, names]) => ({ table, columns: [...names] }))
    .toSorted((a, b) => place(a.table) - place(b.table));
}

import type { Query } from '@medallion/postgres';
import { notFound } from '../business/problems.ts';
import type { SharedAnswers } from './shared-answers.ts';

/** What of a table's rows may be shown. */
export type Shown = {
  /** Whether the table or one that it is made from has personal columns: then no bytes of its records are shown. */
  readonly sensitive: boolean;
  /** Columns of the table and of what it is made from that are not personal. */
  readonly open: ReadonlySet<string>;
  /** The names of the others. */
  readonly hidden: ReadonlySet<string>;
};

/** A pipeline's tables as the catalogue has them. */
export type KnownTables = {
  readonly schema: string;
  readonly names: ReadonlySet<string>;
  /** Of a table that is not declared any more nothing is known, so nothing is shown. */
  shownOf(table: string): Shown;
};

type Entry = {
  readonly table_name: string;
  readonly schema_name: string;
  readonly columns: readonly string[];
  readonly personal: readonly string[];
};
type Edge = { readonly source: string; readonly target: string };
type ColumnEdge = Edge & { readonly source_column: string; readonly target_column: string };

const ENTRIES = `SELECT table_name, schema_name,
  coalesce(jsonb_path_query_array(description, '$.columns[*].name'), '[]') AS columns,
  coalesce(description -> 'personal', '[]') AS personal
FROM medallion.catalog WHERE pipeline = $1`;
const EDGES = 'SELECT source, target FROM medallion.lineage WHERE pipeline = $1';
const COLUMN_EDGES =
  'SELECT source, source_column, target, target_column FROM medallion.column_lineage WHERE pipeline = $1';

const KEPT_MS = 5_000;
const NOTHING: Shown = { sensitive: true, open: new Set(), hidden: new Set() };
/** Texts that hold what else was in a record. */
const WHOLE_TEXTS = ['_raw', '_rescued_data'];

/**
 * The tables of a pipeline, as of some seconds ago.
 *
 * @throws MED_NOT_FOUND when no pipeline of this name is in the database.
 */
export async function knownTables(answers: SharedAnswers, query: Query, pipeline: string): Promise<KnownTables> {
  const known = await answers.of(`tables ${pipeline}`, KEPT_MS, async () =>
    tablesOf(
      await query<Entry>(ENTRIES, [pipeline]),
      await query<Edge>(EDGES, [pipeline]),
      await query<ColumnEdge>(COLUMN_EDGES, [pipeline]),
    ),
  );
  if (known === null) throw notFound('pipeline', pipeline, '/api/pipelines');
  return known;
}

/** The name, which is one of a table. @throws MED_NOT_FOUND */
export function tableNamed({ names }: KnownTables, pipeline: string, table: string): string {
  if (!names.has(table)) throw notFound('table', table, `/api/operator/${pipeline}/graph`);
  return table;
}

/** Puts together what the catalogue says. */
export function tablesOf(
  entries: readonly Entry[],
  edges: readonly Edge[],
  columnEdges: readonly ColumnEdge[],
): KnownTables | null {
  const [first] = entries;
  if (first === undefined) return null;
  const byName = new Map(entries.map((entry) => [entry.table_name, entry]));
  const sources = Map.groupBy(edges, ({ target }) => target);
  const origins = Map.groupBy(columnEdges, ({ target, target_column }) => JSON.stringify([target, target_column]));
  const shown = new Map<string, Shown>();
  return {
    schema: first.schema_name,
    names: new Set(byName.keys()),
    shownOf(table) {
      let of = shown.get(table);
      if (of === undefined) {
        of = byName.has(table) ? shownIn(upstream(table, sources), byName, origins) : NOTHING;
        if (byName.has(table)) shown.set(table, of);
      }
      return of;
    },
  };
}

/** The table, and all that it is made from. */
function upstream(table: string, sources: ReadonlyMap<string, readonly Edge[]>): ReadonlySet<string> {
  const seen = new Set([table]);
  for (const each of seen) for (const { source } of sources.get(each) ?? []) seen.add(source);
  return seen;
}

function shownIn(
  tables: ReadonlySet<string>,
  entries: ReadonlyMap<string, Entry>,
  origins: ReadonlyMap<string, readonly ColumnEdge[]>,
): Shown {
  const own = [...tables].flatMap((name) => entries.get(name) ?? []);
  // A column is hidden where it is personal, and wherever what became personal was before, by whatever name.
  const hidden = new Set(own.flatMap((entry) => entry.personal.map((c) => JSON.stringify([entry.table_name, c]))));
  const sensitive = hidden.size > 0;
  for (const column of hidden)
    for (const { source, source_column } of origins.get(column) ?? [])
      hidden.add(JSON.stringify([source, source_column]));
  const names = new Set([...hidden].map((column) => (JSON.parse(column) as [string, string])[1]));
  if (sensitive) for (const name of WHOLE_TEXTS) names.add(name);
  const open = own.flatMap(({ columns }) => columns).filter((column) => !names.has(column));
  return { sensitive, open: new Set(open), hidden: names };
}

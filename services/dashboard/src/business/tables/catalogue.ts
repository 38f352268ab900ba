import { maskedSchema, type Query } from '@medallion/postgres';
import type { Layer } from '../../contract/index.ts';
import type { Kind } from '../values.ts';
import { type ReadTable, type Relation, readTable } from './read-table.ts';

/** The tables of a pipeline and how they are read. */
export type ReadPipeline = {
  readonly name: string;
  readonly schema: string;
  readonly tables: ReadonlyMap<string, ReadTable>;
};

/** What the catalogue says of a table beside its columns. */
export type Description = {
  readonly topic?: string;
  readonly window?: 'tumbling' | 'hopping' | 'session';
  readonly window_ms?: number;
  readonly group_by?: readonly string[];
  readonly measures?: readonly { readonly name: string; readonly kind: string }[];
  readonly personal?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
};

/** A table of the catalogue. */
export type Entry = {
  readonly pipeline: string;
  readonly table_name: string;
  readonly schema_name: string;
  readonly layer: Layer;
  readonly kind: string;
  readonly comment: string | null;
  readonly description: Description;
};

/** A column of the catalogue. */
export type ColumnEntry = {
  readonly pipeline: string;
  readonly table_name: string;
  readonly column_name: string;
  readonly type: Kind;
  readonly nullable: boolean;
  readonly comment: string | null;
};

const ENTRIES = `SELECT pipeline, table_name, schema_name, layer, kind, comment, description
FROM medallion.catalog ORDER BY pipeline, table_name`;

const COLUMNS = `SELECT pipeline, table_name, column_name, type, nullable, comment
FROM medallion.columns ORDER BY pipeline, table_name, position`;

// Partitions are read through their table. The key is the first unique constraint, a primary key before others.
const RELATIONS = `SELECT n.nspname AS schema, c.relname AS name,
  ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum) AS columns,
  ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull) AS strict,
  ARRAY(SELECT a.attname::text FROM unnest((
          SELECT i.indkey::int2[] FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
          ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1)) WITH ORDINALITY AS k(attnum, position)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum ORDER BY k.position) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition`;

/** Reads what there is to read: the catalogue, and what Postgres has of it for the role that asks. */
export async function readCatalogue(query: Query): Promise<ReadonlyMap<string, ReadPipeline>> {
  const entries = await query<Entry>(ENTRIES);
  const columns = Map.groupBy(await query<ColumnEntry>(COLUMNS), (column) => `${column.pipeline} ${column.table_name}`);
  const schemas = [...new Set(entries.map((entry) => entry.schema_name))];
  const relations = new Map(
    (await query<Relation>(RELATIONS, [[...schemas, ...schemas.map(maskedSchema)]])).map((relation) => [
      `${relation.schema} ${relation.name}`,
      relation,
    ]),
  );
  const relationOf = (schema: string, name: string): Relation | null => relations.get(`${schema} ${name}`) ?? null;
  return new Map(
    [...Map.groupBy(entries, (entry) => entry.pipeline)].map(([name, tables]) => {
      const schema = tables[0]!.schema_name;
      const read = tables.map((entry) =>
        readTable(entry, columns.get(`${name} ${entry.table_name}`) ?? [], relationOf),
      );
      return [name, { name, schema, tables: new Map(read.map((table) => [table.name, table])) }];
    }),
  );
}

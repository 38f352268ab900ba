import { invariant } from '@medallion/core';
import type { StreamingTablePlan } from '@medallion/pipeline';
import type pg from 'pg';
import { derivedName, ident, literal, qualified } from './sql-text.ts';

type Queryable = pg.Pool | pg.ClientBase;

/** A table that rows are in: the copy itself, or a partition of it. */
type Leaf = {
  readonly name: string;
  readonly options: readonly string[];
  /** Whether it is by the index of the clustering; where none is declared, by any. */
  readonly clustered: boolean;
};

/**
 * The statements that bring how a copy is stored to the declaration; none where it is so already. A partitioned table has
 * no pages of its own, so each of its partitions is told. What is no longer declared is taken back.
 */
export async function copyStorage(
  client: Queryable,
  schemaName: string,
  table: StreamingTablePlan,
): Promise<readonly string[]> {
  const index = clusterIndex(table);
  const indexes = await clusterIndexes(client, schemaName, table);
  const statements = [
    ...indexes.filter((name) => name !== index).map((name) => `DROP INDEX IF EXISTS ${qualified(schemaName, name)}`),
  ];
  if (index !== null && !indexes.includes(index)) statements.push(createIndex(schemaName, table, index));
  const declared = optionsOf(table);
  for (const leaf of await leavesOf(client, schemaName, table, index)) {
    const names = leaf.options.map((option) => option.slice(0, option.indexOf('=')));
    const gone = names.filter((name) => !declared.has(name));
    const changed = [...declared].filter(([name, value]) => !leaf.options.includes(`${name}=${value}`));
    if (gone.length > 0) statements.push(`ALTER TABLE ${leaf.name} RESET (${gone.join(', ')})`);
    if (changed.length > 0)
      statements.push(`ALTER TABLE ${leaf.name} SET (${changed.map((option) => option.join(' = ')).join(', ')})`);
    if (index !== null && !leaf.clustered) statements.push(clusterOn(schemaName, leaf.name, index));
    if (index === null && leaf.clustered) statements.push(`ALTER TABLE ${leaf.name} SET WITHOUT CLUSTER`);
  }
  return statements;
}

/** How a copy that exists is partitioned otherwise than declared; null when it is as declared. */
export async function otherPartitioning(
  client: Queryable,
  schemaName: string,
  { name, queryable }: StreamingTablePlan,
): Promise<string | null> {
  const { rows } = await client.query<{ column: string | null }>(
    `SELECT (SELECT a.attname FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
             WHERE p.partrelid = c.oid) AS column
     FROM pg_class c WHERE c.oid = to_regclass($1)`,
    [qualified(schemaName, name)],
  );
  const declared = queryable!.partitionBy;
  if (rows.length === 0 || rows[0]!.column === declared) return null;
  const text = (column: string | null): string => (column === null ? 'not partitioned' : `partitioned by "${column}"`);
  return `its copy is ${text(rows[0]!.column)} and would be ${text(declared)}`;
}

const SUFFIX = '_cluster';

const clusterIndex = ({ name, storage: { clusterBy } }: StreamingTablePlan): string | null =>
  clusterBy.length === 0 ? null : derivedName(`${name}__${clusterBy.join('_')}`, SUFFIX);

const createIndex = (schemaName: string, table: StreamingTablePlan, index: string): string =>
  `CREATE INDEX IF NOT EXISTS ${ident(index)} ON ${qualified(schemaName, table.name)} (${table.storage.clusterBy.map(ident).join(', ')})`;

/** The part of an index that a partition has got a name of its own. */
const clusterOn = (schemaName: string, leaf: string, index: string): string => `DO $$ BEGIN EXECUTE (
  SELECT format('ALTER TABLE %s CLUSTER ON %I', i.indrelid::regclass, c.relname)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
  WHERE i.indrelid = to_regclass(${literal(leaf)})
    AND to_regclass(${literal(qualified(schemaName, index))}) IN (i.indexrelid, h.inhparent)); END $$`;

/** The indexes of clusterings that the copy has, of other columns than now too. */
async function clusterIndexes(
  client: Queryable,
  schemaName: string,
  { name }: StreamingTablePlan,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = to_regclass($1) AND starts_with(c.relname, $2) AND right(c.relname, ${SUFFIX.length}) = '${SUFFIX}'`,
    [qualified(schemaName, name), name.slice(0, 40)],
  );
  return rows.map((row) => row.name);
}

async function leavesOf(
  client: Queryable,
  schemaName: string,
  { name }: StreamingTablePlan,
  index: string | null,
): Promise<readonly Leaf[]> {
  const { rows } = await client.query<Leaf>(
    `SELECT c.oid::regclass::text AS name, coalesce(c.reloptions, '{}') AS options,
       coalesce((SELECT i.indisclustered FROM pg_index i LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
                 WHERE i.indrelid = c.oid AND i.indisclustered
                   AND ($2::text IS NULL OR to_regclass($2) IN (i.indexrelid, h.inhparent)) LIMIT 1), false) AS clustered
     FROM pg_class c WHERE c.relkind = 'r'
       AND (c.oid = to_regclass($1) OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass($1)))
     ORDER BY 1`,
    [qualified(schemaName, name), index === null ? null : qualified(schemaName, index)],
  );
  return rows;
}

/** As pg_class has them. Rows of a copy never change, so pages are filled unless the declaration says otherwise. */
function optionsOf({ storage }: StreamingTablePlan): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  if (storage.fillfactor !== null) options.set('fillfactor', String(Number(storage.fillfactor)));
  for (const [name, value] of Object.entries(storage.autovacuum)) {
    invariant(/^autovacuum_[a-z_]+$/.test(name), `${name} is no setting of autovacuum`);
    options.set(name, String(Number(value)));
  }
  return options;
}

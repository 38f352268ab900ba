import type { PipelinePlan, TablePlan } from '@medallion/pipeline';
import type { Query } from '@medallion/postgres';

/** From so many rows on the database's own estimate does: counting them takes seconds. */
const COUNTED_BELOW = 1_000_000;

const IN_POSTGRES: ReadonlySet<TablePlan['kind']> = new Set([
  'keyed_table',
  'materialized_view',
  'relational_view',
  'change_feed',
]);

/**
 * How many rows the tables in Postgres have now, by table; from a million on about so many. Those that are not there yet are
 * left out, and so are streaming tables, which are topics.
 */
export async function standingRows(
  query: Query,
  { schemaName, tables }: Pick<PipelinePlan, 'schemaName' | 'tables'>,
): Promise<ReadonlyMap<string, number>> {
  const names = tables.filter(({ kind }) => IN_POSTGRES.has(kind)).map(({ name }) => name);
  const found = await query<{ name: string; about: number }>(
    `SELECT relname::text AS name, reltuples::double precision AS about FROM pg_class
     WHERE relnamespace = to_regnamespace($1) AND relname = ANY ($2)`,
    [schemaName, names],
  );
  const rows = new Map(found.map(({ name, about }) => [name, Math.round(about)]));
  const few = found.filter(({ about }) => about < COUNTED_BELOW).map(({ name }) => name);
  if (few.length === 0) return rows;
  // Names of the language are snake_case, so nothing in them has to be escaped.
  const counted = few.map((name) => `SELECT '${name}' AS name, count(*) AS n FROM "${schemaName}"."${name}"`);
  for (const { name, n } of await query<{ name: string; n: number }>(counted.join(' UNION ALL '))) rows.set(name, n);
  return rows;
}

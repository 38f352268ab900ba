import { isMedallionError } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import type pg from 'pg';
import { catalogOf } from '../catalog.ts';
import { goldTables, tablesOf } from '../gold-ddl.ts';
import { goldComments, goldView } from '../gold-view.ts';
import { removeReaderViews } from '../governance/governance.ts';
import { migrateWithin, recordEntry } from '../migrate.ts';
import { Relations } from '../relational/relations.ts';
import { derivedName, qualified } from '../sql-text.ts';

/**
 * Makes a windowed view and the tables behind it as they are declared now, empty, and has the catalog say so; in the
 * transaction of the caller, who holds the lock of migrations.
 */
export async function redefineView(
  client: pg.ClientBase,
  plan: PipelinePlan,
  view: MaterializedViewPlan,
): Promise<void> {
  await removeReaderViews(client, plan);
  await dropView(client, plan, view);
  await client.query(`CREATE SCHEMA IF NOT EXISTS "${plan.schemaName.replaceAll('"', '""')}"`);
  for (const statement of goldTables(plan.schemaName, view)) await client.query(statement);
  await client.query(goldView(plan.name, plan.schemaName, view));
  for (const statement of goldComments(plan.schemaName, view)) await client.query(statement);
  await recordEntry(client, plan, catalogOf(plan).find(({ table }) => table === view.name)!);
  await migrateAround(client, plan);
}

/** Takes away a windowed view with the tables behind it, as it was stored or would be. */
export async function dropView(client: pg.ClientBase, plan: PipelinePlan, view: MaterializedViewPlan): Promise<void> {
  const { rows } = await client.query<{ members: readonly string[] | null }>(
    `SELECT ARRAY(SELECT m->>'name' FROM jsonb_array_elements(description->'measures') m WHERE m->>'kind' = 'count_distinct') AS members
     FROM medallion.catalog WHERE pipeline = $1 AND table_name = $2 AND kind = 'materialized_view'`,
    [plan.name, view.name],
  );
  const stored = (rows[0]?.members ?? []).map((name) => derivedName(`${view.name}__${name}`, '__members'));
  await client.query(`DROP VIEW IF EXISTS ${qualified(plan.schemaName, view.name)}`);
  for (const table of new Set([...tablesOf(view), ...stored]))
    await client.query(`DROP TABLE IF EXISTS ${qualified(plan.schemaName, table)}`);
}

/**
 * Does what a start would do around it: views that readers see, what is declared of other tables. Where a start would be
 * refused for one of those, nothing of it is done: the start says so.
 */
export async function migrateAround(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  await client.query('SAVEPOINT around');
  try {
    await migrateWithin(client, plan, new Relations(plan));
  } catch (error) {
    if (!isMedallionError(error) || error.retryable) throw error;
    await client.query('ROLLBACK TO SAVEPOINT around');
  }
}

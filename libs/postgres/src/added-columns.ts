import { invariant, MedallionError } from '@medallion/core';
import { flowsOf, type PipelinePlan, type StreamingTablePlan } from '@medallion/pipeline';
import type { Field } from '@medallion/schema';
import type pg from 'pg';
import { copyTables, storedColumns } from './copy-ddl.ts';
import { MIGRATION_LOCK } from './migration-lock.ts';
import { qualified } from './sql-text.ts';
import { notMigrated } from './verify-migrated.ts';

/** Whoever waits for the copy's lock has all others wait behind him, so nobody waits for long: the flow tries again. */
const LOCK_TIMEOUT = `SET LOCAL lock_timeout = '3s'`;

/** A streaming table of the plan with columns behind those that are declared. */
export function widened(plan: PipelinePlan, name: string, columns: readonly Field[]): StreamingTablePlan {
  const table = plan.tables.find((each) => each.name === name);
  invariant(table?.kind === 'streaming_table', `${name} is no streaming table`);
  const gained = columns.filter((column) => !table.schema.fields.some((field) => field.name === column.name));
  return { ...table, schema: { ...table.schema, fields: [...table.schema.fields, ...gained] } };
}

/** Columns that a table gained from its files before, in the order in which they were added. */
export async function addColumns(
  client: pg.ClientBase,
  plan: PipelinePlan,
  name: string,
  columns: readonly Field[],
): Promise<void> {
  const table = widened(plan, name, columns);
  await client.query('BEGIN');
  try {
    await client.query(LOCK_TIMEOUT);
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await remember(client, plan, table, columns);
    if (table.queryable !== null) await widenCopy(client, plan, table);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/**
 * Whether a migration has added the columns already, for who may add none.
 *
 * @throws MED_NOT_MIGRATED
 */
export async function verifyColumns(
  client: pg.ClientBase,
  plan: PipelinePlan,
  name: string,
  columns: readonly Field[],
): Promise<void> {
  const { rows } = await client.query<{ column_name: string }>(
    'SELECT column_name FROM medallion.added_columns WHERE pipeline = $1 AND table_name = $2',
    [plan.name, name],
  );
  const missing = columns.filter((column) => !rows.some(({ column_name }) => column_name === column.name));
  if (missing.length === 0) return;
  throw notMigrated(plan, `table ${name} gained ${missing.map((column) => column.name).join(', ')} from its files`);
}

async function remember(
  client: pg.ClientBase,
  plan: PipelinePlan,
  table: StreamingTablePlan,
  columns: readonly Field[],
): Promise<void> {
  const { rows } = await client.query<{ column_name: string; type: string }>(
    `INSERT INTO medallion.added_columns (pipeline, table_name, column_name, type, comment)
     SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[])
     ON CONFLICT DO NOTHING RETURNING column_name, type`,
    [
      ...[plan.name, table.name, columns.map(({ name }) => name)],
      ...[columns.map(({ type }) => type.kind), columns.map(({ doc }) => doc ?? null)],
    ],
  );
  if (rows.length > 0)
    await client.query(`INSERT INTO medallion.event_log (pipeline, kind, subject, detail) VALUES ($1, $2, $3, $4)`, [
      ...[plan.name, 'columns_added', table.name],
      JSON.stringify({ columns: rows.map(({ column_name, type }) => ({ name: column_name, type })) }),
    ]);
  await addedLineage(client, plan);
}

/** The lineage of the columns that tables gained: each comes from the files' column of that name. */
export async function addedLineage(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  const sources = plan.tables.flatMap((table) =>
    flowsOf(table).flatMap(({ source }) =>
      source.kind === 'files' ? [{ table: table.name, source: `${source.path}/${source.pattern}` }] : [],
    ),
  );
  await client.query(
    `INSERT INTO medallion.column_lineage (pipeline, source, source_column, target, target_column)
     SELECT a.pipeline, s.source, a.column_name, a.table_name, a.column_name
     FROM medallion.added_columns a JOIN unnest($2::text[], $3::text[]) AS s(table_name, source) USING (table_name)
     WHERE a.pipeline = $1 ON CONFLICT DO NOTHING`,
    [plan.name, sources.map((each) => each.table), sources.map((each) => each.source)],
  );
}

async function widenCopy(client: pg.ClientBase, plan: PipelinePlan, table: StreamingTablePlan): Promise<void> {
  const { statements, mismatch } = copyTables(
    plan.schemaName,
    table,
    await storedColumns(client, plan.schemaName, table.name),
  );
  if (mismatch !== null)
    throw new MedallionError('MED_TABLE_CHANGED', {
      table: table.name,
      stored: table.version,
      declared: `${table.version}, ${mismatch}`,
      command: `\`ALTER TABLE ${qualified(plan.schemaName, table.name)} RENAME TO …\` keeps the old rows and lets a new copy begin`,
    });
  for (const statement of statements) await client.query(statement);
}

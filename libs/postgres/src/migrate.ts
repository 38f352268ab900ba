import { MedallionError } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan, StreamingTablePlan } from '@medallion/pipeline';
import type pg from 'pg';
import { addedLineage } from './added-columns.ts';
import { type CatalogEntry, catalogOf, flowEntriesOf, lineageOf, planHashOf, rulesOf } from './catalog.ts';
import { CONTROL_VERSION, controlSchema } from './control-schema.ts';
import { OUTCOMES } from './control-views.ts';
import { copyTables, storedColumns } from './copy-ddl.ts';
import { copyStorage, otherPartitioning } from './copy-storage.ts';
import { recordDays } from './day-partitions.ts';
import { goldTables, tablesOf } from './gold-ddl.ts';
import { layoutOf } from './gold-layout.ts';
import { goldComments, goldView } from './gold-view.ts';
import { columnLineageOf } from './governance/column-lineage.ts';
import { govern, isGoverned, isGovernedAs, removeReaderViews } from './governance/governance.ts';
import { grantServices } from './governance/service-roles.ts';
import { grantWriters } from './governance/writer-role.ts';
import { MIGRATION_LOCK } from './migration-lock.ts';
import { type Identity, migrateRelations } from './relational/migrate-relations.ts';
import type { Relations } from './relational/relations.ts';
import { ident, literal, qualified } from './sql-text.ts';

type StoredEntry = {
  readonly table_name: string;
  readonly version: number;
  readonly state_hash: string | null;
  readonly definition_hash: string;
};

/**
 * Brings the database to the plan, in one transaction. Instances that start together do so one after the other. Returns what
 * an administrator has to do, where there is something.
 */
export async function migrate(client: pg.ClientBase, plan: PipelinePlan, relations: Relations): Promise<string | null> {
  await client.query('BEGIN');
  try {
    const hint = await migrateWithin(client, plan, relations);
    await client.query('COMMIT');
    return hint;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Brings the database to the plan, in the transaction of the caller. */
export async function migrateWithin(
  client: pg.ClientBase,
  plan: PipelinePlan,
  relations: Relations,
): Promise<string | null> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await migrateControl(client);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${ident(plan.schemaName)}`);
  const stored = await storedEntries(client, plan.name);
  const declared = catalogOf(plan);
  const kept =
    declared.every((entry) => stored.get(entry.table)?.definition_hash === entry.definitionHash) &&
    (!isGoverned(plan) || (await isGovernedAs(client, plan)));
  if (!kept) await removeReaderViews(client, plan);
  await migrateRelations({
    ...{ client, plan, relations },
    stored: new Map([...stored].map(([name, entry]) => [name, identityOf(entry)])),
    declared: new Map(declared.map((entry) => [entry.table, entry])),
  });
  for (const entry of declared) {
    const table = plan.tables.find((t) => t.name === entry.table)!;
    if (table.kind === 'materialized_view') await migrateView(client, plan, table, entry, stored.get(entry.table));
    else if (table.kind === 'streaming_table' && table.queryable !== null)
      await migrateCopy(client, plan, table, stored.get(entry.table));
    await recordEntry(client, plan, entry);
  }
  await replaceDeclared(client, plan);
  await createOwnViews(client, plan);
  await recordDays(client, plan);
  const hints = [kept || !isGoverned(plan) ? null : await govern(client, plan), await grantServices(client, plan)];
  await grantWriters(client, plan);
  await client.query(markMigrated, [plan.name, planHashOf(plan)]);
  return hints.filter((hint) => hint !== null).join('; ') || null;
}

const markMigrated = `INSERT INTO medallion.migrated AS m (pipeline, plan_hash) VALUES ($1, $2)
ON CONFLICT (pipeline) DO UPDATE SET plan_hash = excluded.plan_hash, migrated_at = excluded.migrated_at, migrated_by = excluded.migrated_by
WHERE m.plan_hash <> excluded.plan_hash`;

const identityOf = ({ version, state_hash, definition_hash }: StoredEntry): Identity => ({
  version,
  stateHash: state_hash,
  definitionHash: definition_hash,
});

async function migrateControl(client: pg.ClientBase): Promise<void> {
  // CREATE OR REPLACE would take a lock that waits for every reader, so it is left out where nothing changed.
  const found = await client.query(`SELECT to_regclass('medallion.schema_version') IS NOT NULL AS found`);
  if (found.rows[0].found) {
    const { rows } = await client.query('SELECT version FROM medallion.schema_version');
    if (rows[0]?.version === CONTROL_VERSION) return;
  }
  await client.query('CREATE SCHEMA IF NOT EXISTS medallion');
  await client.query(controlSchema);
  await client.query(`CREATE TABLE IF NOT EXISTS medallion.schema_version (version integer NOT NULL);
    DELETE FROM medallion.schema_version; INSERT INTO medallion.schema_version VALUES (${CONTROL_VERSION})`);
}

async function storedEntries(client: pg.ClientBase, pipeline: string): Promise<ReadonlyMap<string, StoredEntry>> {
  const { rows } = await client.query<StoredEntry>(
    'SELECT table_name, version, state_hash, definition_hash FROM medallion.catalog WHERE pipeline = $1',
    [pipeline],
  );
  return new Map(rows.map((row) => [row.table_name, row]));
}

async function migrateView(
  client: pg.ClientBase,
  plan: PipelinePlan,
  view: MaterializedViewPlan,
  entry: CatalogEntry,
  stored: StoredEntry | undefined,
): Promise<void> {
  if (stored !== undefined && stored.state_hash !== entry.stateHash)
    throw new MedallionError('MED_TABLE_CHANGED', {
      table: view.name,
      stored: stored.version,
      declared: view.version,
      command: rebuildCommand(plan, view.name),
    });
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS found', [
    qualified(plan.schemaName, layoutOf(view).stateTable),
  ]);
  if (stored === undefined || !rows[0].found) await refuseWhenBehind(client, plan, view);
  else if (stored.definition_hash === entry.definitionHash) return;
  for (const statement of goldTables(plan.schemaName, view)) await client.query(statement);
  // CREATE OR REPLACE VIEW can only add columns at the end.
  await client.query(`DROP VIEW IF EXISTS ${qualified(plan.schemaName, view.name)}`);
  await client.query(goldView(plan.name, plan.schemaName, view));
  for (const statement of goldComments(plan.schemaName, view)) await client.query(statement);
  const detail = JSON.stringify({ version: view.version, tables: tablesOf(view) });
  await client.query(logEvent, [
    plan.name,
    stored === undefined ? 'view_created' : 'view_redefined',
    view.name,
    detail,
  ]);
}

/** A view that begins empty equals its batch query only when nothing was read before. */
async function refuseWhenBehind(client: pg.ClientBase, plan: PipelinePlan, view: MaterializedViewPlan): Promise<void> {
  const source = plan.tables.find((table) => table.name === view.source);
  const topic = source?.kind === 'streaming_table' ? source.topic : view.source;
  const { rows } = await client.query<{ next_offset: number }>(
    'SELECT max(next_offset) AS next_offset FROM medallion.lease WHERE pipeline = $1 AND topic = $2',
    [plan.name, topic],
  );
  const offset = rows[0]?.next_offset ?? 0;
  if (offset > 0)
    throw new MedallionError('MED_TABLE_BEHIND', {
      table: view.name,
      topic,
      offset,
      command: rebuildCommand(plan, view.name),
    });
}

/** A view's rows are the sum of what was read so far: another sum can only be had by reading again from the start. */
const rebuildCommand = (plan: PipelinePlan, view: string): string =>
  `with gold-aggregate stopped, \`medallion refresh ${plan.name} ${view} --full\` builds it from the start of its topic`;

async function migrateCopy(
  client: pg.ClientBase,
  plan: PipelinePlan,
  table: StreamingTablePlan,
  stored: StoredEntry | undefined,
): Promise<void> {
  const rows = await storedColumns(client, plan.schemaName, table.name);
  const { statements, mismatch: columns } = copyTables(plan.schemaName, table, rows);
  const mismatch = columns ?? (await otherPartitioning(client, plan.schemaName, table));
  if (mismatch !== null)
    throw new MedallionError('MED_TABLE_CHANGED', {
      table: table.name,
      stored: stored?.version ?? 'unknown',
      declared: `${table.version}, ${mismatch}`,
      command: `\`ALTER TABLE ${qualified(plan.schemaName, table.name)} RENAME TO ${ident(`${table.name}_before`)}\` keeps the old rows and lets a new copy begin; with the services stopped, \`medallion refresh ${plan.name} ${table.name} --full\` makes the table and all that depends on it anew`,
    });
  for (const statement of statements) await client.query(statement);
  for (const statement of await copyStorage(client, plan.schemaName, table)) await client.query(statement);
}

const logEvent = `INSERT INTO medallion.event_log (pipeline, kind, subject, detail) VALUES ($1, $2, $3, $4)`;

const upsertCatalog = `INSERT INTO medallion.catalog AS c
  (pipeline, table_name, schema_name, layer, kind, version, hash, state_hash, definition_hash, comment, description)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (pipeline, table_name) DO UPDATE SET schema_name = excluded.schema_name, layer = excluded.layer, kind = excluded.kind,
  version = excluded.version, hash = excluded.hash, state_hash = excluded.state_hash,
  definition_hash = excluded.definition_hash, comment = excluded.comment, description = excluded.description,
  updated_at = now()
WHERE (c.hash, c.definition_hash, c.description) IS DISTINCT FROM (excluded.hash, excluded.definition_hash, excluded.description)`;

/** Has the catalog say what a table is. */
export async function recordEntry(client: pg.ClientBase, plan: PipelinePlan, entry: CatalogEntry): Promise<void> {
  await client.query(upsertCatalog, [
    ...[plan.name, entry.table, plan.schemaName, entry.layer, entry.kind, entry.version, entry.hash],
    ...[entry.stateHash, entry.definitionHash, entry.comment, JSON.stringify(entry.description)],
  ]);
}

/**
 * Lineage, rules and catalog are what is declared now; those that are gone go. A view that goes misses what is read from
 * then on, so it must not be taken for known when it comes back.
 */
async function replaceDeclared(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  await client.query('DELETE FROM medallion.catalog WHERE pipeline = $1 AND table_name <> ALL ($2::text[])', [
    plan.name,
    plan.tables.map((table) => table.name),
  ]);
  await client.query('DELETE FROM medallion.lineage WHERE pipeline = $1', [plan.name]);
  for (const { source, target, kind } of lineageOf(plan))
    await client.query('INSERT INTO medallion.lineage VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
      plan.name,
      source,
      target,
      kind,
    ]);
  await client.query('DELETE FROM medallion.column_lineage WHERE pipeline = $1', [plan.name]);
  const columns = columnLineageOf(plan);
  await client.query(
    `INSERT INTO medallion.column_lineage SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])`,
    [
      plan.name,
      ...[columns.map((c) => c.source), columns.map((c) => c.column)],
      ...[columns.map((c) => c.target), columns.map((c) => c.targetColumn)],
    ],
  );
  await addedLineage(client, plan);
  await client.query('DELETE FROM medallion.flows WHERE pipeline = $1', [plan.name]);
  for (const { flow, table, input, kind, conserves } of flowEntriesOf(plan))
    await client.query('INSERT INTO medallion.flows VALUES ($1, $2, $3, $4, $5, $6)', [
      ...[plan.name, flow, table, input, kind, conserves],
    ]);
  await client.query('DELETE FROM medallion.rules WHERE pipeline = $1', [plan.name]);
  for (const { table, rule, action, description } of rulesOf(plan))
    await client.query('INSERT INTO medallion.rules VALUES ($1, $2, $3, $4, $5)', [
      plan.name,
      table,
      rule,
      action,
      description,
    ]);
}

/**
 * The pipeline's own part of the control tables, where a user of its schema looks for it, and where a name that is not
 * found in the schema would be that of all pipelines. Their names are taken (VIEWS_TAKEN of the language).
 */
const OWN_VIEWS = {
  quarantine: `table_name, outcome, reason, violations, topic, partition, "offset", recorded_at, key, value, headers, "row", ingested_at`,
  data_quality_metrics: 'table_name, rule, action, records, passed, failed, dropped, measured_at',
  quarantined: `table_name, outcome, reason, violations, topic, partition, "offset", recorded_at, key, value, headers, "row", ingested_at, flow, "index", redrive, redriven_at, redriven_by`,
  columns: 'table_name, position, column_name, type, nullable, comment, added_at',
  conservation: `table_name, partition, records_in, ${OUTCOMES.map(ident).join(', ')}, difference`,
} as const;

async function createOwnViews(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  for (const [name, columns] of Object.entries(OWN_VIEWS)) {
    const view = qualified(plan.schemaName, name);
    const { rows } = await client.query<{ missing: boolean }>('SELECT to_regclass($1) IS NULL AS missing', [view]);
    // CREATE OR REPLACE would wait for every reader, and nothing changed.
    if (rows[0]?.missing)
      await client.query(
        `CREATE VIEW ${view} AS SELECT ${columns} FROM medallion.${name} WHERE pipeline = ${literal(plan.name)}`,
      );
  }
}

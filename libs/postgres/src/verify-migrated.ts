import { MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type pg from 'pg';
import { catalogOf, planHashOf } from './catalog.ts';
import { CONTROL_VERSION } from './control-schema.ts';
import { storedTables } from './governance/governance.ts';
import { lacking, writerRights } from './governance/writer-role.ts';
import { qualified } from './sql-text.ts';

/** So many missing things are named; the others are like them. */
const NAMED = 5;

/**
 * Looks whether a migration has brought the database to this plan and this version, and whether the login may do what the
 * gold service does. Makes nothing, and needs no right to.
 *
 * @throws MED_NOT_MIGRATED
 */
export async function verifyMigrated(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  const missing =
    (await controlProblem(client)) ?? (await planProblem(client, plan)) ?? (await rightsProblem(client, plan));
  if (missing !== null) throw notMigrated(plan, missing);
}

/** What to tell where something is missing. */
export const notMigrated = ({ name }: PipelinePlan, missing: string): MedallionError =>
  new MedallionError('MED_NOT_MIGRATED', { pipeline: name, missing });

async function controlProblem(client: pg.ClientBase): Promise<string | null> {
  const { rows: found } = await client.query<{ usable: boolean | null; found: boolean }>(
    `SELECT has_schema_privilege(to_regnamespace('medallion')::oid, 'USAGE') AS usable,
       to_regnamespace('medallion') IS NOT NULL AS found`,
  );
  if (!found[0]!.found) return 'there is no schema medallion';
  const grant = 'for GRANT medallion_writer (deploy/postgres/roles.sql)';
  if (found[0]!.usable !== true) return `the login may not use schema medallion: ask an administrator ${grant}`;
  const { rows: readable } = await client.query<{ readable: boolean }>(
    `SELECT bool_and(coalesce(has_table_privilege(to_regclass(t), 'SELECT'), to_regclass(t) IS NULL)) AS readable
     FROM unnest('{medallion.schema_version,medallion.catalog,medallion.migrated}'::text[]) t`,
  );
  if (!readable[0]!.readable) return `the login may not read schema medallion: ask an administrator ${grant}`;
  const { rows: known } = await client.query<{ known: boolean }>(
    `SELECT to_regclass('medallion.schema_version') IS NOT NULL AND to_regclass('medallion.migrated') IS NOT NULL AS known`,
  );
  const { rows } = known[0]!.known
    ? await client.query<{ version: number }>('SELECT version FROM medallion.schema_version')
    : { rows: [] };
  const version = rows[0]?.version;
  if (version === CONTROL_VERSION) return null;
  return `the control tables are of version ${version ?? 'none that is known here'}, and this service is of version ${CONTROL_VERSION}`;
}

async function planProblem(client: pg.ClientBase, plan: PipelinePlan): Promise<string | null> {
  const { rows } = await client.query<{ table: string; version: number; hash: string; definition: string }>(
    'SELECT table_name AS table, version, hash, definition_hash AS definition FROM medallion.catalog WHERE pipeline = $1',
    [plan.name],
  );
  const stored = new Map(rows.map((row) => [row.table, row]));
  const declared = catalogOf(plan);
  const others = declared.flatMap(({ table, version, hash, definitionHash }) => {
    const known = stored.get(table);
    if (known === undefined) return [`table ${table} is missing`];
    const same = known.version === version && known.hash === hash && known.definition === definitionHash;
    return same ? [] : [`table ${table} is declared otherwise`];
  });
  if (others.length > 0) return listed(others);
  const mark = await client.query<{ plan_hash: string }>(
    'SELECT plan_hash FROM medallion.migrated WHERE pipeline = $1',
    [plan.name],
  );
  return mark.rows[0]?.plan_hash === planHashOf(plan) ? null : 'its declaration is not the one that was migrated';
}

async function rightsProblem(client: pg.ClientBase, plan: PipelinePlan): Promise<string | null> {
  const { rows } = await client.query<{ login: string }>('SELECT current_user::text AS login');
  const { login } = rows[0]!;
  const { control, own } = await writerRights(client, plan);
  const rights = [...control, ...own];
  // Without a right to a schema nothing can be asked of what is in it.
  const schemas = await lacking(
    client,
    rights.filter(({ kind }) => kind === 'SCHEMA'),
    login,
  );
  const refused = schemas.length > 0 ? schemas : await lacking(client, rights, login);
  if (refused.length > 0) {
    const names = refused.map(({ kind, object, privilege }) => `${privilege} on ${kind.toLowerCase()} ${object}`);
    return `the login ${login} lacks ${listed(names)}`;
  }
  const gone = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL',
    [storedTables(plan).map(({ name }) => qualified(plan.schemaName, name))],
  );
  return gone.rows.length === 0 ? null : listed(gone.rows.map(({ name }) => `table ${name} is gone`));
}

const listed = (texts: readonly string[]): string =>
  texts.length <= NAMED ? texts.join(', ') : `${texts.slice(0, NAMED).join(', ')} and ${texts.length - NAMED} more`;

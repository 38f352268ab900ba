import { gainsColumns, type PipelinePlan, personalColumns } from '@medallion/pipeline';
import type pg from 'pg';
import { layoutOf } from '../gold-layout.ts';
import { ident, qualified } from '../sql-text.ts';
import { createRoles, isGoverned, maskedSchema, storedTables } from './governance.ts';

/** Who has it reads the control tables, and of every pipeline what is not personal. Nobody can log in as it. */
export const DASHBOARD_ROLE = 'medallion_dashboard';
/** Who has it may have quarantined records processed again, and note it in the event log. Nobody can log in as it. */
export const OPERATOR_ROLE = 'medallion_operator';

type Wanted = { readonly object: string; readonly privilege: string; readonly role: string };

const onTables = (role: string, tables: readonly string[], privileges: readonly string[]): readonly Wanted[] =>
  tables.flatMap((object) => privileges.map((privilege) => ({ object, privilege, role })));

const OPERATOR_RIGHTS: readonly Wanted[] = [
  ...onTables(OPERATOR_ROLE, ['medallion.quarantine', 'medallion.quarantined'], ['SELECT']),
  ...onTables(OPERATOR_ROLE, ['medallion.redrives'], ['SELECT', 'INSERT', 'UPDATE']),
  ...onTables(OPERATOR_ROLE, ['medallion.event_log'], ['INSERT']),
];

/**
 * Makes the roles of the dashboard and says what they may, where that is not so already: tables and views that were made
 * anew have lost it. Returns what could not be done, as a hint.
 */
export async function grantServices(client: pg.ClientBase, plan: PipelinePlan): Promise<string | null> {
  const hint = await createRoles(client, [DASHBOARD_ROLE, OPERATOR_ROLE]);
  if (hint !== null) return hint;
  await takeUp(client);
  const { open, partly, closed } = await shownTables(client, plan);
  await grantSchemas(client, plan);
  for (const object of closed) await client.query(`REVOKE ALL ON ${object} FROM ${DASHBOARD_ROLE}`);
  const control = await relationsOf(client, 'medallion');
  for (const { object, privilege, role } of await missing(client, [
    ...onTables(DASHBOARD_ROLE, [...control, ...open], ['SELECT']),
    ...OPERATOR_RIGHTS,
  ]))
    await client.query(`GRANT ${privilege} ON ${object} TO ${role}`);
  for (const { object, columns } of partly)
    await client.query(`GRANT SELECT (${columns.map(ident).join(', ')}) ON ${object} TO ${DASHBOARD_ROLE}`);
  return null;
}

/**
 * Who made the roles may take them: so one login serves the gold service and a dashboard beside it. Others are given them by
 * an administrator. (Since Postgres 16 a maker is its role's administrator, which alone is not enough.)
 */
async function takeUp(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `SELECT role FROM unnest($1::text[]) AS role
     WHERE pg_has_role(role, 'MEMBER WITH ADMIN OPTION') AND NOT pg_has_role(role, 'USAGE')`,
    [[DASHBOARD_ROLE, OPERATOR_ROLE]],
  );
  for (const { role } of rows) await client.query(`GRANT ${role} TO CURRENT_USER`);
}

type Shown = {
  /** Relations that are shown as they are. */
  readonly open: readonly string[];
  /** Tables of which only the declared columns are shown: what others hold, nobody has said. */
  readonly partly: readonly { readonly object: string; readonly columns: readonly string[] }[];
  /** Tables with personal columns that were shown when they had none. */
  readonly closed: readonly string[];
};

async function shownTables(client: pg.ClientBase, plan: PipelinePlan): Promise<Shown> {
  const personal = personalColumns(plan);
  const stored = storedTables(plan).map((table) => ({
    table,
    object: qualified(plan.schemaName, table.name),
    masked: qualified(maskedSchema(plan.schemaName), table.name),
    isPersonal: personal.get(table.name)!.size > 0,
    // The sums and counts behind averages, without which nobody can tell the average of several windows.
    state:
      table.kind === 'materialized_view' ? [qualified(plan.schemaName, layoutOf(table).stateTable)] : ([] as string[]),
  }));
  const gaining = stored.filter(({ table, isPersonal }) => !isPersonal && gainsColumns(table));
  const wanted = stored.filter(({ table, isPersonal }) => !isPersonal && !gainsColumns(table));
  const found = await existing(client, [
    ...[...wanted, ...gaining].map(({ object }) => object),
    ...wanted.flatMap(({ state }) => state),
    ...(isGoverned(plan) ? stored.map(({ masked }) => masked) : []),
  ]);
  const closed = stored.filter(({ isPersonal }) => isPersonal).flatMap(({ object, state }) => [object, ...state]);
  return {
    open: found.filter((name) => !gaining.some(({ object }) => object === name)),
    partly: gaining
      .filter(({ object }) => found.includes(object))
      .map(({ table, object }) => ({ object, columns: table.schema.fields.map(({ name }) => name) })),
    closed: await readable(client, closed),
  };
}

async function grantSchemas(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  const { rows } = await client.query<{ schema: string; role: string }>(
    `SELECT n.nspname AS schema, w.role FROM unnest($1::text[], $2::text[]) AS w(schema, role)
     JOIN pg_namespace n ON n.nspname = w.schema WHERE NOT has_schema_privilege(w.role, n.oid, 'USAGE')`,
    [
      ['medallion', 'medallion', plan.schemaName, maskedSchema(plan.schemaName)],
      [OPERATOR_ROLE, DASHBOARD_ROLE, DASHBOARD_ROLE, DASHBOARD_ROLE],
    ],
  );
  for (const { schema, role } of rows) await client.query(`GRANT USAGE ON SCHEMA ${ident(schema)} TO ${role}`);
}

/** The tables and views of a schema. */
async function relationsOf(client: pg.ClientBase, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p', 'v')`,
    [schema],
  );
  return rows.map(({ name }) => qualified(schema, name));
}

async function existing(client: pg.ClientBase, objects: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ object: string }>(
    'SELECT object FROM unnest($1::text[]) AS object WHERE to_regclass(object) IS NOT NULL',
    [[...objects]],
  );
  return rows.map(({ object }) => object);
}

/** Those of which the dashboard may read something. */
async function readable(client: pg.ClientBase, objects: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ object: string }>(
    `SELECT object FROM unnest($1::text[]) AS object
     WHERE to_regclass(object) IS NOT NULL AND has_any_column_privilege($2, to_regclass(object), 'SELECT')`,
    [[...objects], DASHBOARD_ROLE],
  );
  return rows.map(({ object }) => object);
}

async function missing(client: pg.ClientBase, wanted: readonly Wanted[]): Promise<readonly Wanted[]> {
  const { rows } = await client.query<Wanted>(
    `SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS w(object, privilege, role)
     WHERE NOT has_table_privilege(w.role, w.object::regclass, w.privilege)`,
    [wanted.map(({ object }) => object), wanted.map(({ privilege }) => privilege), wanted.map(({ role }) => role)],
  );
  return rows;
}

import { createHash } from 'node:crypto';
import { gainsColumns, type Layer, type PipelinePlan, personalColumns, type TablePlan } from '@medallion/pipeline';
import { postgresType } from '@medallion/schema';
import type pg from 'pg';
import { derivedName, ident, literal, qualified } from '../sql-text.ts';

const LAYERS: readonly Layer[] = ['bronze', 'silver', 'gold'];

/** The roles of a pipeline, which nobody can log in as: they are granted to people. */
export const readerRole = (plan: PipelinePlan, layer: Layer): string =>
  derivedName(plan.schemaName, `_${layer}_reader`);
/** Who has it sees personal columns as they are, in the tables that another role lets them read. */
export const personalRole = (plan: PipelinePlan): string => derivedName(plan.schemaName, '_personal_reader');
/** The schema of what readers see: a view for each table. */
export const readerSchema = (plan: PipelinePlan): string => maskedSchema(plan.schemaName);
/** The schema of the views that stand for the tables of another schema, of which a governed pipeline has one for each. */
export const maskedSchema = (schemaName: string): string => derivedName(schemaName, '_masked');

const rolesOf = (plan: PipelinePlan): readonly string[] => [
  ...LAYERS.map((layer) => readerRole(plan, layer)),
  personalRole(plan),
];

/** Whether a pipeline says anything of who may see what. */
export const isGoverned = (plan: PipelinePlan): boolean =>
  plan.tables.some(
    (table) =>
      'governance' in table && (table.governance.personal.length > 0 || Object.keys(table.governance.tags).length > 0),
  );

/** The tables that are kept in Postgres. */
export const storedTables = (plan: PipelinePlan): readonly TablePlan[] =>
  plan.tables.filter((table) => {
    if (table.kind === 'streaming_table') return table.queryable !== null;
    return table.kind !== 'view';
  });

/** Takes the readers' views away, as long as the tables behind them may change; `govern` makes them again. */
export async function removeReaderViews(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS ${ident(readerSchema(plan))} CASCADE`);
}

/**
 * Makes the roles of a governed pipeline and says what they may read: the tables of their layer, as views in which
 * personal columns are masked, and those tables themselves that have none. Returns what could not be done, as a hint.
 */
export async function govern(client: pg.ClientBase, plan: PipelinePlan): Promise<string | null> {
  const hint = await createRoles(client, rolesOf(plan));
  if (hint !== null) return hint;
  const schema = ident(readerSchema(plan));
  const readers = LAYERS.map((layer) => ident(readerRole(plan, layer))).join(', ');
  const statements = [
    `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    `COMMENT ON SCHEMA ${schema} IS ${literal(mark(plan))}`,
    `GRANT USAGE ON SCHEMA ${ident(plan.schemaName)}, ${schema} TO ${readers}`,
    ...readerViews(plan),
  ];
  for (const statement of statements) await client.query(statement);
  return null;
}

/** Whether what readers see was made for this plan. */
export async function isGovernedAs(client: pg.ClientBase, plan: PipelinePlan): Promise<boolean> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT obj_description(to_regnamespace($1), 'pg_namespace') AS comment`,
    [ident(readerSchema(plan))],
  );
  return rows[0]?.comment === mark(plan);
}

const mark = (plan: PipelinePlan): string =>
  `What readers of ${plan.name} see (${createHash('sha256').update(readerViews(plan).join()).digest('hex').slice(0, 16)})`;

function readerViews(plan: PipelinePlan): readonly string[] {
  const personal = personalColumns(plan);
  return storedTables(plan).flatMap((table) => {
    const hidden = personal.get(table.name)!;
    // What a table gains from its files may be personal: nobody has said yet.
    const open = hidden.size === 0 && !gainsColumns(table);
    const reader = ident(readerRole(plan, table.layer));
    const stored = qualified(plan.schemaName, table.name);
    const view = qualified(readerSchema(plan), table.name);
    const comments = table.schema.fields.flatMap(({ name, doc }) =>
      doc === undefined ? [] : [`COMMENT ON COLUMN ${view}.${ident(name)} IS ${literal(doc)}`],
    );
    return [
      `CREATE VIEW ${view} WITH (security_barrier) AS ${maskedSelect(plan, table, hidden)} FROM ${stored} t`,
      ...(table.comment === null ? [] : [`COMMENT ON VIEW ${view} IS ${literal(table.comment)}`]),
      ...comments,
      `GRANT SELECT ON ${view} TO ${reader}`,
      open ? `GRANT SELECT ON ${stored} TO ${reader}` : `REVOKE ALL ON ${stored} FROM ${reader}`,
    ];
  });
}

function maskedSelect(plan: PipelinePlan, table: TablePlan, hidden: ReadonlySet<string>): string {
  const columns = table.schema.fields.map(({ name, type }) => {
    const column = `t.${ident(name)}`;
    if (!hidden.has(name)) return column;
    const mask =
      postgresType(type) === 'text' ? `CASE WHEN ${column} IS NOT NULL THEN '***' END` : `NULL::${postgresType(type)}`;
    return `CASE WHEN p.clear THEN ${column} ELSE ${mask} END AS ${ident(name)}`;
  });
  if (hidden.size === 0) return `SELECT ${columns.join(', ')}`;
  // Asked once a query; a role that was dropped lets nobody in.
  const clear = `EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(personalRole(plan))} AND pg_has_role(current_user, oid, 'MEMBER'))`;
  return `SELECT ${columns.map((column) => column.replace('p.clear', () => `(SELECT ${clear})`)).join(', ')}`;
}

/** Makes the roles that are missing, or says what an administrator has to do. */
export async function createRoles(client: pg.ClientBase, wanted: readonly string[]): Promise<string | null> {
  const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)', [
    [...wanted],
  ]);
  const missing = wanted.filter((role) => !rows.some(({ rolname }) => rolname === role));
  if (missing.length === 0) return null;
  const can = await client.query<{ can: boolean }>(
    'SELECT rolcreaterole OR rolsuper AS can FROM pg_roles WHERE rolname = current_user',
  );
  if (!can.rows[0]!.can)
    return `the roles ${missing.join(', ')} do not exist, and this one may not create them: as an administrator run ${missing
      .map((role) => `CREATE ROLE ${ident(role)} NOLOGIN;`)
      .join(' ')}`;
  // Roles belong to the whole server, so another database may be creating the same one.
  for (const role of missing)
    await client.query(
      `DO $$ BEGIN CREATE ROLE ${ident(role)} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
  return null;
}

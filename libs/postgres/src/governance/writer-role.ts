import type { PipelinePlan } from '@medallion/pipeline';
import type pg from 'pg';
import { defaultPartition } from '../copy-ddl.ts';
import { derivedName, ident, qualified } from '../sql-text.ts';

/** Who has it keeps the control tables up to date, as the gold service does. Nobody can log in as it. */
export const WRITER_ROLE = 'medallion_writer';
/** Who has it, beside `medallion_writer`, writes the tables of one pipeline, and can make and change none. */
export const writerRole = ({ schemaName }: Pick<PipelinePlan, 'schemaName'>): string =>
  derivedName(schemaName, '_writer');

/** A right that is needed: on a table, a function or a schema. */
export type Right = {
  readonly kind: 'TABLE' | 'FUNCTION' | 'SCHEMA';
  readonly object: string;
  readonly privilege: string;
};

const on = (object: string, ...privileges: readonly string[]): readonly Right[] =>
  privileges.map((privilege) => ({ kind: 'TABLE' as const, object: `medallion.${object}`, privilege }));

/** What is counted is counted on; what is kept as a trace is only added to: nobody can remove it as the service. */
const CONTROL_RIGHTS: readonly Right[] = [
  { kind: 'SCHEMA', object: 'medallion', privilege: 'USAGE' },
  ...['schema_version', 'catalog', 'migrated', 'added_columns', 'day_copies'].flatMap((table) => on(table, 'SELECT')),
  ...['lease', 'watermarks', 'clock_closings', 'table_counts', 'rule_counts', 'table_versions'].flatMap((table) =>
    on(table, 'SELECT', 'INSERT', 'UPDATE'),
  ),
  // ON CONFLICT looks at what is there.
  ...['late_records', 'quarantine'].flatMap((table) => on(table, 'SELECT', 'INSERT')),
  ...on('event_log', 'INSERT'),
  ...['make_day', 'drop_day'].map((name) => ({
    kind: 'FUNCTION' as const,
    object: `medallion.${name}(text, text, date, date)`,
    privilege: 'EXECUTE',
  })),
];

/** The rights of the gold service of a pipeline: on the control tables, and on the tables of the pipeline that exist. */
export async function writerRights(
  client: pg.ClientBase,
  plan: PipelinePlan,
): Promise<{ readonly control: readonly Right[]; readonly own: readonly Right[] }> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p') AND NOT relispartition`,
    [ident(plan.schemaName)],
  );
  const copies = plan.tables.flatMap((table) =>
    table.kind === 'streaming_table' && table.queryable !== null ? [{ name: table.name, ...table.queryable }] : [],
  );
  const table = (name: string, ...privileges: readonly string[]): readonly Right[] =>
    privileges.map((privilege) => ({ kind: 'TABLE', object: qualified(plan.schemaName, name), privilege }));
  const own: readonly Right[] = [
    { kind: 'SCHEMA', object: ident(plan.schemaName), privilege: 'USAGE' },
    ...rows.flatMap(({ name }) =>
      copies.some((copy) => copy.name === name)
        ? table(name, 'INSERT')
        : table(name, 'SELECT', 'INSERT', 'UPDATE', 'DELETE'),
    ),
    // Rows of days that are past their retention, or had no partition, are removed one by one.
    ...copies.flatMap(({ name, partitionBy }) =>
      partitionBy === null ? [] : table(defaultPartition(name), 'SELECT', 'DELETE'),
    ),
  ];
  return { control: CONTROL_RIGHTS, own };
}

/** Gives the writers' roles what they need, where there are such roles and they have it not: an administrator makes them. */
export async function grantWriters(client: pg.ClientBase, plan: PipelinePlan): Promise<void> {
  const { control, own } = await writerRights(client, plan);
  for (const [role, rights] of [
    [WRITER_ROLE, control],
    [writerRole(plan), own],
  ] as const)
    for (const { kind, object, privilege } of await lacking(client, rights, role))
      await client.query(`GRANT ${privilege} ON ${kind} ${object} TO ${ident(role)}`);
}

/** The rights of these that a role has not, by itself or by others; none where there is no such role. */
export async function lacking(
  client: pg.ClientBase,
  rights: readonly Right[],
  role: string,
): Promise<readonly Right[]> {
  const { rows } = await client.query<Right>(
    `SELECT w.kind, w.object, w.privilege FROM pg_roles r,
       unnest($2::text[], $3::text[], $4::text[]) AS w(kind, object, privilege)
     WHERE r.rolname = $1 AND NOT coalesce(CASE w.kind
       WHEN 'TABLE' THEN has_table_privilege(r.oid, to_regclass(w.object), w.privilege)
       WHEN 'SCHEMA' THEN has_schema_privilege(r.oid, to_regnamespace(w.object)::oid, w.privilege)
       ELSE has_function_privilege(r.oid, to_regprocedure(w.object), w.privilege) END, false)`,
    [
      role,
      ...[rights.map(({ kind }) => kind), rights.map(({ object }) => object), rights.map(({ privilege }) => privilege)],
    ],
  );
  return rows;
}

import { isMedallionError, type MedallionError, silentLog } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type pg from 'pg';
import { createPool, defaultTimeouts } from './connection.ts';
import { translated } from './failures.ts';
import { migrateWithin } from './migrate.ts';
import { Relations } from './relational/relations.ts';

/** What a migration would do to one table, view or index of a pipeline's schema. */
export type RelationChange = {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'index';
  /** `forgotten`: no declaration keeps it up to date any more; its rows stay. */
  readonly change: 'created' | 'altered' | 'redefined' | 'rebuilt' | 'recomputed' | 'dropped' | 'forgotten';
  /** Whether something goes that a later start does not bring back. */
  readonly destructive: boolean;
};

/** What a migration would do, or why it would be refused. */
export type MigrationRehearsal = {
  readonly changes: readonly RelationChange[];
  readonly refused: MedallionError | null;
};

/** A rehearsal must not make services wait: it gives up sooner than they would notice. */
const LOCK_MS = 2_000;

/**
 * Runs the migration of a plan in a transaction that is rolled back, and compares the schema before and after. It holds the
 * locks of a migration while it runs, and computes views anew that a start would.
 *
 * @throws MED_STORE_UNAVAILABLE
 */
export async function rehearseMigration(databaseUrl: string, plan: PipelinePlan): Promise<MigrationRehearsal> {
  const pool = createPool({
    ...{ databaseUrl, poolSize: 1, applicationName: 'medallion-plan', log: silentLog },
    timeouts: { ...defaultTimeouts, lockMs: LOCK_MS },
  });
  try {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      return await rehearsed(client, plan);
    } finally {
      // Whatever was done comes to nothing with the connection.
      await client.query('ROLLBACK').catch(() => {});
      client.release(true);
    }
  } catch (error) {
    throw translated(error);
  } finally {
    await pool.end();
  }
}

async function rehearsed(client: pg.ClientBase, plan: PipelinePlan): Promise<MigrationRehearsal> {
  const before = await stateOf(client, plan);
  try {
    await migrateWithin(client, plan, new Relations(plan));
  } catch (error) {
    if (!isMedallionError(error) || error.retryable) throw error;
    return { changes: [], refused: error };
  }
  const after = await stateOf(client, plan);
  return { changes: compared(plan, before, after), refused: null };
}

type Stored = { readonly name: string; readonly kind: string; readonly oid: number; readonly shape: string };
type State = {
  readonly relations: ReadonlyMap<string, Stored>;
  /** By table, what the catalog says that it is. */
  readonly declared: ReadonlyMap<string, string>;
};

/** What is in the schema; partitions of a day are part of their table. */
async function stateOf(client: pg.ClientBase, plan: PipelinePlan): Promise<State> {
  const { rows } = await client.query<Stored>(
    `SELECT c.relname AS name, c.relkind::text AS kind, c.oid::bigint AS oid,
            md5(coalesce(pg_get_viewdef(CASE WHEN c.relkind = 'v' THEN c.oid END), '') || coalesce(
              (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')) AS shape
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'i', 'I') AND NOT c.relispartition`,
    [plan.schemaName],
  );
  const known = await client.query<{ found: boolean }>(`SELECT to_regclass('medallion.catalog') IS NOT NULL AS found`);
  const catalog = known.rows[0]!.found
    ? await client.query<{ name: string; definition: string }>(
        'SELECT table_name AS name, definition_hash AS definition FROM medallion.catalog WHERE pipeline = $1',
        [plan.name],
      )
    : { rows: [] };
  return {
    relations: new Map(rows.map((row) => [row.name, row])),
    declared: new Map(catalog.rows.map(({ name, definition }) => [name, definition])),
  };
}

const kindOf = ({ kind }: Stored): RelationChange['kind'] =>
  kind === 'v' || kind === 'm' ? 'view' : kind === 'i' || kind === 'I' ? 'index' : 'table';

function compared(plan: PipelinePlan, before: State, after: State): readonly RelationChange[] {
  const changes: RelationChange[] = [];
  for (const [name, now] of after.relations) {
    const was = before.relations.get(name);
    const kind = kindOf(now);
    if (was === undefined) changes.push({ name, kind, change: 'created', destructive: false });
    else if (kind === 'index') continue;
    else if (was.oid !== now.oid && kind === 'table')
      changes.push({ name, kind, change: 'rebuilt', destructive: true });
    else if (was.shape !== now.shape)
      changes.push({ name, kind, change: kind === 'view' ? 'redefined' : 'altered', destructive: false });
    else if (isRecomputed(plan, name, before, after))
      changes.push({ name, kind, change: 'recomputed', destructive: false });
  }
  for (const [name, was] of before.relations)
    if (!after.relations.has(name) && kindOf(was) !== 'index')
      changes.push({ name, kind: kindOf(was), change: 'dropped', destructive: true });
  for (const name of before.declared.keys())
    if (!after.declared.has(name) && after.relations.has(name))
      changes.push({ name, kind: kindOf(after.relations.get(name)!), change: 'forgotten', destructive: true });
  return changes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A relational view of another definition is computed anew where it stands. */
function isRecomputed(plan: PipelinePlan, name: string, before: State, after: State): boolean {
  const table = plan.tables.find((each) => each.name === name);
  return table?.kind === 'relational_view' && before.declared.get(name) !== after.declared.get(name);
}

import { isMedallionError, MedallionError, silentLog } from '@medallion/core';
import type { KeyedTablePlan, MaterializedViewPlan, PipelinePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { ResetScope, ResetStore } from '@medallion/runtime';
import type pg from 'pg';
import { catalogOf } from '../catalog.ts';
import { createPool, defaultTimeouts } from '../connection.ts';
import { copyTables, storedColumns } from '../copy-ddl.ts';
import { otherPartitioning } from '../copy-storage.ts';
import { exclusively } from '../exclusively.ts';
import { translated } from '../failures.ts';
import { tablesOf } from '../gold-ddl.ts';
import { removeReaderViews } from '../governance/governance.ts';
import { MIGRATION_LOCK } from '../migration-lock.ts';
import { feedDeletes } from '../relational/migrate-relations.ts';
import { Relations } from '../relational/relations.ts';
import { qualified } from '../sql-text.ts';
import { dropView, migrateAround } from './redefine-view.ts';

/** The first half of the advisory locks' numbers; the other is a hash of the pipeline. */
const LOCK_SPACE = 1_380_272_712;

/**
 * What Postgres has of tables that are rebuilt from their input's start.
 *
 * @example const store = createResetStore({ databaseUrl, plan })
 */
export function createResetStore(options: {
  readonly databaseUrl: string;
  readonly plan: PipelinePlan;
}): ResetStore & { close(): Promise<void> } {
  const { databaseUrl, plan } = options;
  const pool = createPool({
    ...{ databaseUrl, poolSize: 2, applicationName: 'medallion-refresh', log: silentLog },
    timeouts: { ...defaultTimeouts, statementMs: 0 },
  });
  const connected = async <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error) => {
      throw translated(error);
    });
    try {
      return await work(client);
    } finally {
      // A transaction that has not ended comes to nothing with its connection.
      client.release(true);
    }
  };
  return {
    exclusively: (work) =>
      exclusively(
        pool,
        LOCK_SPACE,
        plan.name,
        () => new MedallionError('MED_REFRESH_BUSY', { pipeline: plan.name }),
        work,
      ),
    reset: (scope) =>
      connected(async (client) => {
        try {
          await client.query('BEGIN');
          await reset(client, plan, scope);
          await client.query('COMMIT');
        } catch (error) {
          throw isMedallionError(error) ? error : translated(error);
        }
      }),
    close: () => pool.end(),
  };
}

async function reset(client: pg.ClientBase, plan: PipelinePlan, { tables, topics }: ResetScope): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  const { rows } = await client.query<{ found: boolean }>(`SELECT to_regclass('medallion.lease') IS NOT NULL AS found`);
  // Where no gold service ever ran there is nothing.
  if (!rows[0]!.found) return;
  await removeReaderViews(client, plan);
  // First, as commits take their leases before anything else.
  await client.query('DELETE FROM medallion.lease WHERE pipeline = $1 AND topic = ANY ($2)', [plan.name, topics]);
  const { keyed, dropped } = await emptied(client, plan, tables);
  await forget(client, plan.name, tables, dropped);
  await migrateAround(client, plan);
  await recompute(client, plan, keyed);
  await client.query(
    `INSERT INTO medallion.event_log (pipeline, kind, subject, detail) SELECT $1, 'table_reset', t, '{}' FROM unnest($2::text[]) t`,
    [plan.name, tables],
  );
}

type Emptied = { readonly keyed: readonly string[]; readonly dropped: readonly string[] };

/** Empties the tables, or takes away those that are declared otherwise now: a start makes them. */
async function emptied(client: pg.ClientBase, plan: PipelinePlan, names: readonly string[]): Promise<Emptied> {
  const relations = new Relations(plan);
  const keyed: string[] = [];
  const dropped: string[] = [];
  for (const table of plan.tables.filter(({ name }) => names.includes(name))) {
    const isKept = await isSame(client, plan, table.name);
    switch (table.kind) {
      case 'keyed_table':
        await emptyKeyed(client, plan, table, relations, isKept);
        keyed.push(table.name);
        break;
      case 'materialized_view':
        if (isKept) await emptyView(client, plan, table);
        else await dropView(client, plan, table);
        break;
      case 'streaming_table':
        if (table.queryable !== null) await emptyCopy(client, plan, table);
        break;
      default:
        // A view over tables in Postgres follows them, a feed keeps what there was.
        continue;
    }
    if (!isKept) dropped.push(table.name);
  }
  return { keyed, dropped };
}

async function emptyKeyed(
  client: pg.ClientBase,
  plan: PipelinePlan,
  table: KeyedTablePlan,
  relations: Relations,
  isKept: boolean,
): Promise<void> {
  const relation = relations.graph.named(table.name);
  const name = qualified(plan.schemaName, table.name);
  if (relation === undefined || !(await exists(client, name))) return;
  await relations.lock(client, [relation]);
  for (const feed of relations.graph.feedsOf(relation)) await feedDeletes({ client, plan, relations }, feed);
  await client.query(`${isKept ? 'DELETE FROM' : 'DROP TABLE'} ${name}`);
}

async function emptyView(client: pg.ClientBase, plan: PipelinePlan, view: MaterializedViewPlan): Promise<void> {
  for (const table of tablesOf(view)) {
    const name = qualified(plan.schemaName, table);
    if (await exists(client, name)) await client.query(`DELETE FROM ${name}`);
  }
}

async function emptyCopy(client: pg.ClientBase, plan: PipelinePlan, table: StreamingTablePlan): Promise<void> {
  const name = qualified(plan.schemaName, table.name);
  if (!(await exists(client, name))) return;
  const columns = await storedColumns(client, plan.schemaName, table.name);
  const fits =
    copyTables(plan.schemaName, table, columns).mismatch === null &&
    (await otherPartitioning(client, plan.schemaName, table)) === null;
  await client.query(`${fits ? 'TRUNCATE' : 'DROP TABLE'} ${name}`);
}

const exists = async (client: pg.ClientBase, name: string): Promise<boolean> =>
  (await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [name])).rows[0]!.found;

/** Whether what is stored is what is declared. */
async function isSame(client: pg.ClientBase, plan: PipelinePlan, table: string): Promise<boolean> {
  const { rows } = await client.query<{ state_hash: string | null }>(
    'SELECT state_hash FROM medallion.catalog WHERE pipeline = $1 AND table_name = $2',
    [plan.name, table],
  );
  const declared = catalogOf(plan).find((entry) => entry.table === table)!;
  return rows[0] !== undefined && rows[0].state_hash === declared.stateHash;
}

/** Everything that was noted about the tables; those that were dropped are in the catalog again when they are made. */
async function forget(
  client: pg.ClientBase,
  pipeline: string,
  tables: readonly string[],
  dropped: readonly string[],
): Promise<void> {
  const of: Readonly<Record<string, string>> = {
    late_records: 'view_name',
    redrives: 'table_name',
    quarantine: 'table_name',
    table_counts: 'table_name',
    rule_counts: 'table_name',
    watermarks: 'source',
    clock_closings: 'source',
  };
  for (const [table, column] of Object.entries(of))
    await client.query(`DELETE FROM medallion.${table} WHERE pipeline = $1 AND ${column} = ANY ($2)`, [
      pipeline,
      tables,
    ]);
  await client.query('DELETE FROM medallion.catalog WHERE pipeline = $1 AND table_name = ANY ($2)', [
    pipeline,
    dropped,
  ]);
}

/** Views over tables that were emptied are computed anew, and their feeds say what went; where they are as declared. */
async function recompute(client: pg.ClientBase, plan: PipelinePlan, keyed: readonly string[]): Promise<void> {
  const relations = new Relations(plan);
  const readers = relations.graph.relations.filter(
    (relation) =>
      relation.kind !== 'keyed' &&
      keyed.some((name) => {
        const source = relations.graph.named(name);
        return source !== undefined && relations.graph.readersOf(source).includes(relation);
      }),
  );
  const { rows } = await client.query<{ table_name: string; definition_hash: string }>(
    'SELECT table_name, definition_hash FROM medallion.catalog WHERE pipeline = $1',
    [plan.name],
  );
  const stored = new Map(rows.map(({ table_name, definition_hash }) => [table_name, definition_hash]));
  const isCurrent = catalogOf(plan)
    .filter(({ kind }) => kind === 'relational_view' || kind === 'keyed_table')
    .every(({ table, definitionHash }) => stored.get(table) === definitionHash);
  if (isCurrent)
    await relations.refresh(
      client,
      readers.map((relation) => relation.plan.name),
    );
}

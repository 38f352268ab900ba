import { silentLog } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { CountDelta, LateRow, Lease, QuarantinedRow } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import type { MakeHarness, StoreHarness } from '@medallion/testkit';
import { createGoldReader, type Query } from '../src/gold-reader.ts';
import { createTableStore } from '../src/table-store.ts';
import { PATIENT, patientStore } from './patience.ts';
import { replyLosingProxy } from './reply-losing-proxy.ts';

/** Removes what a pipeline has in the database. */
export async function removePipeline(databaseUrl: string, plan: PipelinePlan): Promise<void> {
  const reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  const tables = [
    'lease',
    'watermarks',
    'late_records',
    'quarantine',
    'table_counts',
    'rules',
    'rule_counts',
    'table_versions',
  ];
  await reader.query(`DROP SCHEMA IF EXISTS "${plan.schemaName}" CASCADE`);
  await reader.query(`DROP SCHEMA IF EXISTS "${plan.schemaName}_masked" CASCADE`);
  for (const table of [
    ...tables,
    'event_log',
    'catalog',
    'lineage',
    'column_lineage',
    'flows',
    'day_copies',
    'migrated',
  ])
    await reader.query(`DELETE FROM medallion.${table} WHERE pipeline = $1`, [plan.name]);
  await reader.close();
}

/** What a pipeline has in the database beside its declaration. */
const STATE = [
  'lease',
  'watermarks',
  'late_records',
  'quarantine',
  'redrives',
  'table_counts',
  'rule_counts',
  'table_versions',
  'event_log',
] as const;

/** Removes the rows of a pipeline: making its tables anew costs more than most tests. */
async function emptyPipeline(query: Query, { name, schemaName }: PipelinePlan): Promise<void> {
  const tables = await query<{ table: string }>(
    `SELECT c.oid::regclass::text AS "table" FROM pg_class c
     WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
    [`"${schemaName}"`],
  );
  await query(tables.map(({ table }) => `DELETE FROM ${table}`).join('; '));
  for (const table of STATE) await query(`DELETE FROM medallion.${table} WHERE pipeline = $1`, [name]);
}

/** A login that may write and make nothing. */
export type Writer = {
  readonly databaseUrl: string;
  /** Lets it write the tables of a pipeline, once a migration makes them. */
  readonly allow: (plan: PipelinePlan, admin: Query) => Promise<void>;
};

async function migrated(databaseUrl: string, plan: PipelinePlan): Promise<void> {
  const store = patientStore(databaseUrl);
  await store.migrate(plan).finally(() => store.close());
}

/** Harnesses of the store contract in a database; each pipeline is removed at its end. */
export const postgresHarness =
  (databaseUrl: string, writer?: Writer): MakeHarness =>
  async (plan) => {
    const reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
    const serviceUrl = writer?.databaseUrl ?? databaseUrl;
    const proxy = await replyLosingProxy(serviceUrl);
    await writer?.allow(plan, reader.query);
    let losing = false;
    /** What its tables are made for: a login that makes none is let in as often as tests open a store. */
    let madeFor: PipelinePlan | null = null;
    const harness: StoreHarness = {
      open: async (other) => {
        if (writer !== undefined && madeFor !== (other ?? plan)) {
          madeFor = other ?? plan;
          await migrated(databaseUrl, madeFor);
        }
        const store = createTableStore({
          databaseUrl: losing ? proxy.databaseUrl : serviceUrl,
          log: silentLog,
          timeouts: PATIENT,
          migrate: writer === undefined ? 'auto' : 'verify',
        });
        await store.migrate(other ?? plan).catch(async (error) => {
          await store.close();
          throw error;
        });
        if (losing) proxy.loseNextReply();
        losing = false;
        return store;
      },
      rows: async (view) =>
        (
          await reader.query(
            `SELECT * FROM "${view}" ${plan.tables.find(({ name }) => name === view)?.kind === 'materialized_view' ? 'ORDER BY window_start' : ''}`,
          )
        ).map(({ updated_at, ...row }) => row),
      copied: async (table, beside = []) => {
        const declared = plan.tables.find((t) => t.name === table)!.schema.fields.map(({ name }) => name);
        return reader.query(`SELECT ${[...declared, ...beside].map((name) => `"${name}"`).join(', ')} FROM "${table}"`);
      },
      quarantined: () => quarantined(reader.query, plan.name),
      late: async () =>
        reader.query<LateRow>(
          `SELECT view_name AS view, topic, partition, "offset", event_time AS "eventTime", window_start AS "windowStart",
             window_end AS "windowEnd", watermark, lateness_ms AS "latenessMs", key, value
           FROM late_records WHERE pipeline = $1`,
          [plan.name],
        ),
      counts: async () =>
        [
          ...(await reader.query<CountDelta>(
            `SELECT 'records' AS kind, table_name AS "table", flow, partition, outcome, records FROM table_counts WHERE pipeline = $1`,
            [plan.name],
          )),
          ...(await reader.query<CountDelta>(
            `SELECT 'rule' AS kind, table_name AS "table", flow, partition, rule, action, judged, failed, dropped
           FROM rule_counts WHERE pipeline = $1`,
            [plan.name],
          )),
        ].map(withoutBlanks),
      leases: async () => {
        const rows = await reader.query(
          `SELECT topic, partition, epoch, next_offset AS next, watermark, idle, coordinates FROM lease WHERE pipeline = $1`,
          [plan.name],
        );
        return rows.map(({ watermark, idle, coordinates, ...lease }) => ({
          ...lease,
          state: { watermark, coordinates, idle },
        })) as unknown as Lease[];
      },
      empty: () => emptyPipeline(reader.query, plan),
      loseNextReply: () => {
        losing = true;
      },
      close: async () => {
        await reader.close();
        await proxy.close();
        await removePipeline(databaseUrl, plan);
      },
    };
    return harness;
  };

async function quarantined(
  query: <R extends object>(sql: string, values: readonly unknown[]) => Promise<readonly R[]>,
  pipeline: string,
): Promise<readonly QuarantinedRow[]> {
  const rows = await query<QuarantinedRow & { readonly row: AnyRow | null }>(
    `SELECT table_name AS "table", outcome, reason, violations, topic, partition, "offset", recorded_at AS "recordedAt",
       key, value, headers, "row", flow, "index"
     FROM medallion.quarantine WHERE pipeline = $1`,
    [pipeline],
  );
  return rows.map(withoutBlanks).map((row) => ({ ...row, row: row.row === null ? null : JSON.stringify(row.row) }));
}

/** As it was given: without the flow of what no flow wrote, and the index of the first row. */
function withoutBlanks<T extends { readonly flow?: string; readonly index?: number }>(row: T): T {
  const { flow, index, ...rest } = row;
  return { ...rest, ...(flow === '' ? {} : { flow }), ...(index === 0 || index === undefined ? {} : { index }) } as T;
}

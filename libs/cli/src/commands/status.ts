import { setTimeout as delay } from 'node:timers/promises';
import { loadPipeline } from '@medallion/host';
import { tableText } from '@medallion/launch';
import { flowsOf, type PipelinePlan, type TablePlan } from '@medallion/pipeline';
import type { GoldReader } from '@medallion/postgres';
import {
  lagBeside,
  type RecordLog,
  readingsOfFlow,
  readingsOfLeases,
  redrivenFlowsOf,
  unreadIn,
} from '@medallion/runtime';
import { type Answer, fine, type Surroundings } from '../answer.ts';
import { withLog, withTables } from '../connect.ts';
import { standingRows } from '../standing-rows.ts';

/** The state of one table. */
type TableStatus = {
  readonly table: string;
  readonly layer: string;
  readonly kind: string;
  /**
   * Rows that the table has: of one in Postgres those that stand in it now (from a million on about so many), of a streaming
   * table all that it accepted, also what retention has deleted since. Null for a table that keeps none, or is not there.
   */
  readonly rows: number | null;
  /** Rows that the table took in, as counted in Postgres: of a windowed view those that its windows are computed from. */
  readonly accepted: number | null;
  readonly acceptedPerSecond: number | null;
  /** Records that its flows, or for tables in Postgres the gold service, have still to read: redrives and backfills included. */
  readonly lagRecords: number | null;
  /** Of these, records of redrives and backfills. */
  readonly lagBeside: number;
  /** Event time that the table is complete up to, ISO-8601. */
  readonly watermark: string | null;
  /** Seconds since the newest row was counted. */
  readonly ageSeconds: number | null;
  readonly passed: number;
  readonly failed: number;
};

type Counts = { readonly table_name: string; readonly accepted: number; readonly at: number };
type Rules = { readonly table_name: string; readonly passed: number; readonly failed: number };
/** The next offset of the gold service by topic and partition. */
type Positions = ReadonlyMap<string, ReadonlyMap<number, number>>;
type Marks = { readonly source: string; readonly watermark: number | null };

/** Between the two looks that make a rate. */
const LOOK_MS = 1_000;
const WATCH_MS = 2_000;

/** `medallion status`: one look at every table, or with `--watch` one every two seconds until it is stopped. */
export async function status(
  [name]: readonly string[],
  { watch = false }: { readonly watch?: string | boolean | undefined },
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  return withLog(around, (log) =>
    withTables(around, plan.schemaName, async (reader) => {
      let before = await counts(reader, plan);
      let since = performance.now();
      for (;;) {
        await delay(watch ? WATCH_MS : LOOK_MS, undefined, { signal: around.signal }).catch(() => {});
        const elapsed = (performance.now() - since) / 1_000;
        const now = await counts(reader, plan);
        const tables = await statusOf(plan, reader, log, now, before, elapsed);
        const lines = tableText(tables.map(shown));
        if (!watch || around.signal.aborted) return fine(tables, lines);
        around.out(
          around.json ? `${JSON.stringify(tables)}\n` : `${new Date().toISOString()}\n${lines.join('\n')}\n\n`,
        );
        before = now;
        since = performance.now();
      }
    }),
  );
}

async function counts(reader: GoldReader, plan: PipelinePlan): Promise<ReadonlyMap<string, Counts>> {
  const rows = await reader.query<Counts>(
    `SELECT table_name, sum(records)::bigint AS accepted, (extract(epoch FROM max(updated_at)) * 1000)::bigint AS at
     FROM medallion.table_counts WHERE pipeline = $1 AND outcome = 'accepted' GROUP BY table_name`,
    [plan.name],
  );
  return new Map(rows.map((row) => [row.table_name, row]));
}

async function statusOf(
  plan: PipelinePlan,
  reader: GoldReader,
  log: RecordLog,
  now: ReadonlyMap<string, Counts>,
  before: ReadonlyMap<string, Counts>,
  elapsedSeconds: number,
): Promise<readonly TableStatus[]> {
  const rules = await reader.query<Rules>(
    `SELECT table_name, sum(passed)::bigint AS passed, sum(failed)::bigint AS failed
     FROM medallion.data_quality_metrics WHERE pipeline = $1 GROUP BY table_name`,
    [plan.name],
  );
  const marks = await reader.query<Marks>(
    `SELECT source, CASE WHEN isfinite(final_through) THEN (extract(epoch FROM final_through) * 1000)::bigint END AS watermark
     FROM medallion.watermarks WHERE pipeline = $1`,
    [plan.name],
  );
  const leases = await reader.query<{ topic: string; partition: number; next_offset: number }>(
    'SELECT topic, partition, next_offset FROM medallion.lease WHERE pipeline = $1',
    [plan.name],
  );
  const standing = await standingRows(reader.query, plan);
  const next = new Map(
    [...Map.groupBy(leases, ({ topic }) => topic)].map(([topic, those]) => [
      topic,
      new Map(those.map((lease) => [lease.partition, lease.next_offset])),
    ]),
  );
  return Promise.all(
    plan.tables.map(async (table): Promise<TableStatus> => {
      const counted = now.get(table.name);
      const earlier = before.get(table.name)?.accepted ?? 0;
      const rule = rules.find((each) => each.table_name === table.name);
      const source = table.kind === 'materialized_view' ? table.source : table.name;
      const mark = marks.find((each) => each.source === source)?.watermark ?? null;
      return {
        table: table.name,
        layer: table.layer,
        kind: table.kind.replaceAll('_', ' '),
        rows: (table.kind === 'streaming_table' ? counted?.accepted : standing.get(table.name)) ?? null,
        accepted: counted?.accepted ?? null,
        acceptedPerSecond: counted === undefined ? null : Math.max(0, counted.accepted - earlier) / elapsedSeconds,
        ...(await lags(plan, table, log, next)),
        watermark: mark === null ? null : new Date(mark).toISOString(),
        ageSeconds: counted === undefined ? null : Math.max(0, (Date.now() - counted.at) / 1_000),
        passed: rule?.passed ?? 0,
        failed: rule?.failed ?? 0,
      };
    }),
  );
}

async function lags(
  plan: PipelinePlan,
  table: TablePlan,
  log: RecordLog,
  next: Positions,
): Promise<Pick<TableStatus, 'lagRecords' | 'lagBeside'>> {
  const [lag, ...beside] = await Promise.all([
    lagOf(plan, table, log, next),
    ...redrivenFlowsOf(plan, table).map((flow) => lagBeside(log, plan, flow)),
  ]);
  const besides = beside.reduce((sum, records) => sum + records, 0);
  return { lagRecords: lag === null ? null : lag + besides, lagBeside: besides };
}

/** What the flows of a table have still to read; for windowed views, what the gold service has. */
async function lagOf(plan: PipelinePlan, table: TablePlan, log: RecordLog, next: Positions): Promise<number | null> {
  if (table.kind === 'materialized_view') {
    const source = plan.tables.find(({ name }) => name === table.source);
    if (source?.kind !== 'streaming_table') return null;
    return unreadIn((await readingsOfLeases(log, source.topic, next.get(source.topic) ?? new Map())) ?? []);
  }
  const flows = flowsOf(table);
  if (flows.length === 0) return null;
  const each = await Promise.all(flows.map((flow) => readingsOfFlow(log, plan, flow)));
  return unreadIn(each.flatMap((readings) => readings ?? []));
}

const shown = (table: TableStatus): Readonly<Record<string, unknown>> => ({
  table: table.table,
  layer: table.layer,
  kind: table.kind,
  rows: table.rows,
  accepted: table.accepted,
  'accepted/s': table.acceptedPerSecond === null ? null : Number(table.acceptedPerSecond.toFixed(1)),
  lag: table.lagRecords,
  beside: table.lagBeside,
  'complete up to': table.watermark?.replace(/\.\d+Z$/, 'Z') ?? null,
  'age s': table.ageSeconds === null ? null : Number(table.ageSeconds.toFixed(1)),
  passed: table.passed,
  failed: table.failed,
});

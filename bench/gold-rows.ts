import { type Engine, withEngine } from './support/engine.ts';
import { fillView } from './support/many-rows.ts';
import { postgresCpuSeconds } from './support/postgres-load.ts';
import { fillRawTopic } from './support/raw-topic.ts';
import { round, table } from './support/statistics.ts';

const VIEW = 'gold_top_cities';
const WINDOW_MS = 15 * 60_000;
const STATE = `santa_deliveries.${VIEW}__state`;

/** The same drain into a gold table that is empty, and into one that has many rows already. */
export type GoldRowsResult = {
  readonly rowsBefore: number;
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Rows of this table that were inserted or updated, and how many of those a second. */
  readonly upserts: number;
  readonly upsertsPerSecond: number;
  /** CPU µs an event: of gold-aggregate, and of Postgres with all that it does. */
  readonly goldUs: number;
  readonly postgresUs: number;
  readonly tableMb: number;
};

/** Drains `events` over a table of about `rows` rows; 0 leaves it as it is. */
export function goldRows(rows: number, events: number): Promise<GoldRowsResult> {
  return withEngine((engine) => measure(engine, rows, events));
}

async function measure(engine: Engine, rows: number, events: number): Promise<GoldRowsResult> {
  const { gold, stack } = engine;
  const startMs = Date.UTC(2025, 11, 24, 10);
  // The tables are made, and get their first windows.
  const before = await fillRawTopic(engine.brokers, { events: 2_000, seed: 1, density: 1_000, startMs });
  const first = engine.start();
  await gold.accounted(before.records, 120_000);
  await Promise.all(first.map((service) => service.stop()));
  const rowsBefore =
    rows === 0
      ? await gold.value(`SELECT count(*) AS value FROM ${STATE}`)
      : await fillView(stack.databaseUrl, VIEW, rows, WINDOW_MS);

  const filled = await fillRawTopic(engine.brokers, { events, seed: 2, density: 1_000, startMs: startMs + 3_600_000 });
  const touched = () =>
    gold.value(`SELECT n_tup_ins + n_tup_upd AS value FROM pg_stat_user_tables WHERE relid = '${STATE}'::regclass`);
  const postgresPid = stack.postgres!.pid!;
  const [upsertsBefore, cpuBefore] = [await touched(), postgresCpuSeconds(postgresPid)];
  const began = performance.now();
  const services = engine.start();
  await gold.accounted(before.records + filled.records, 900_000);
  const seconds = (performance.now() - began) / 1_000;
  const postgresS = postgresCpuSeconds(postgresPid) - cpuBefore;
  // Its sessions tell their counts at their end, or a while after.
  const goldCpuUs = services.find(({ name }) => name === 'gold-aggregate')!.figures().cpuUs;
  await Promise.all(services.map((service) => service.stop()));
  const upserts = (await touched()) - upsertsBefore;
  return {
    rowsBefore,
    events: filled.records,
    seconds: round(seconds, 2),
    eventsPerSecond: Math.round(filled.records / seconds),
    upserts,
    upsertsPerSecond: Math.round(upserts / seconds),
    goldUs: round(goldCpuUs / filled.records),
    postgresUs: round((postgresS * 1e6) / filled.records),
    tableMb: Math.round((await gold.value(`SELECT pg_total_relation_size('${STATE}'::regclass) AS value`)) / 1e6),
  };
}

/** The results as text. */
export const goldRowsTable = (results: readonly GoldRowsResult[]): string =>
  table([
    ['rows before', 'events', 'events/s', 'upserts', 'upserts/s', 'CPU µs/event gold', '… Postgres', 'table MB'],
    ...results.map((result) => [
      ...[result.rowsBefore, result.events, result.eventsPerSecond, result.upserts, result.upsertsPerSecond],
      ...[result.goldUs, result.postgresUs, result.tableMb],
    ]),
  ]);

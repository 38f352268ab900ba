import { join } from 'node:path';
import { silentLog } from '@medallion/core';
import { createKafkaLog } from '@medallion/kafka';
import pg from 'pg';
import { type Engine, withEngine } from '../support/engine.ts';
import { numbers } from '../support/numbers.ts';
import { postgresCpuSeconds } from '../support/postgres-load.ts';
import { startProcess } from '../support/services.ts';
import { round, table } from '../support/statistics.ts';
import { RawChanges } from './raw-changes.ts';

const PIPELINE = 'keys-gold';
const STATE = 'keys_gold.changes_of_customers__state';
const SERVICE = join(import.meta.dirname, 'service.ts');
/** As many customers have a change at first, so that the table is there and has a row to copy. */
const FIRST = 100;
const LAYERS = ['bronze', 'silver', 'gold'] as const;

/** Changes of random customers drained into a gold table with a row for each customer. */
export type GoldRowsResult = {
  readonly rowsBefore: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Rows that were inserted, and that were updated. */
  readonly inserted: number;
  readonly updated: number;
  readonly upsertsPerSecond: number;
  /** CPU µs for each upsert: of gold-aggregate, and of Postgres. */
  readonly goldUs: number;
  readonly postgresUs: number;
  /** The table with its indexes, before and after. */
  readonly mbBefore: number;
  readonly mbAfter: number;
};

/** Drains `events` changes over a table of `rows` rows, or into an empty one (0). */
export function goldRows(rows: number, events: number): Promise<GoldRowsResult> {
  return withEngine((engine) => measure(engine, rows, events));
}

async function measure(engine: Engine, rows: number, events: number): Promise<GoldRowsResult> {
  const log = createKafkaLog({ brokers: engine.brokers, clientId: 'bench-gold-rows', log: silentLog });
  const raw = await RawChanges.open(log, `${PIPELINE}.raw`);
  const database = new pg.Client({ connectionString: engine.stack.databaseUrl });
  await database.connect();
  const start = (layer: (typeof LAYERS)[number]) => {
    const { DATABASE_URL, ...others } = engine.env;
    const env = { ...others, PIPELINES: PIPELINE, ...(layer === 'gold' ? { DATABASE_URL: DATABASE_URL! } : {}) };
    return startProcess({ name: layer, args: [SERVICE, layer], env, logFolder: engine.logs });
  };
  const value = async (sql: string): Promise<number> => Number((await database.query(sql)).rows[0]?.value);
  const size = async (): Promise<number> =>
    Math.round((await value(`SELECT pg_total_relation_size('${STATE}'::regclass) AS value`)) / 1e6);
  const touched = (what: string): Promise<number> =>
    value(`SELECT n_tup_${what} AS value FROM pg_stat_user_tables WHERE relid = '${STATE}'::regclass`);
  const day = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000;
  const running = new Set<ReturnType<typeof start>>();
  const run = (layers: readonly (typeof LAYERS)[number][]) => {
    for (const layer of layers) running.add(start(layer));
    return [...running].at(-1)!;
  };
  try {
    await raw.send(FIRST, day, 0, (i) => i);
    run(LAYERS);
    await engine.gold.accounted(FIRST, 120_000);
    const [, , firstGold] = [...running];
    await firstGold!.stop();
    running.delete(firstGold!);
    if (rows > 0) await fill(database, rows);
    else await database.query(`DELETE FROM ${STATE}`);
    await database.query(`VACUUM ANALYZE ${STATE}`);
    const rowsBefore = await value(`SELECT count(*) AS value FROM ${STATE}`);
    const mbBefore = await size();

    // What is written, not what is read and judged, is to be measured: gold starts when silver has all of it.
    const random = numbers(11);
    await raw.send(events, day, 3_600_000, () => Math.floor(random() * Math.max(rows, events)));
    await silverHas(log, FIRST + events);
    const [insertedBefore, updatedBefore] = [await touched('ins'), await touched('upd')];
    const postgresPid = engine.stack.postgres!.pid!;
    const postgresBefore = postgresCpuSeconds(postgresPid);
    const began = performance.now();
    const gold = run(['gold']);
    await engine.gold.accounted(FIRST + events, 1_800_000);
    const seconds = (performance.now() - began) / 1_000;
    const postgresS = postgresCpuSeconds(postgresPid) - postgresBefore;
    const goldS = gold.figures().cpuUs / 1e6;
    await gold.stop(); // a session tells its counts at its end
    running.delete(gold);
    const [inserted, updated] = [(await touched('ins')) - insertedBefore, (await touched('upd')) - updatedBefore];
    const upserts = inserted + updated;
    return {
      ...{ rowsBefore, events, inserted, updated, mbBefore, mbAfter: await size() },
      eventsPerSecond: Math.round(events / seconds),
      upsertsPerSecond: Math.round(upserts / seconds),
      goldUs: round((goldS * 1e6) / upserts),
      postgresUs: round((postgresS * 1e6) / upserts),
    };
  } finally {
    await Promise.all([...running].map((service) => service.stop()));
    await raw.close();
    await log.close();
    await database.end();
  }
}

/** A row for each customer up to `rows`, copied of the first one. */
async function fill(database: pg.Client, rows: number): Promise<void> {
  const { rows: columns } = await database.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
       AND attgenerated = '' ORDER BY attnum`,
    [STATE],
  );
  const names = columns.map(({ name }) => `"${name}"`);
  const values = names.map((name) => (name === '"customer_id"' ? `'customer-' || lpad(n::text, 9, '0')` : `s.${name}`));
  await database.query(
    `INSERT INTO ${STATE} (${names.join(', ')}) SELECT ${values.join(', ')}
     FROM (SELECT * FROM ${STATE} LIMIT 1) s CROSS JOIN generate_series(0, $1::int - 1) AS n ON CONFLICT DO NOTHING`,
    [rows],
  );
}

/** Resolves when silver's topic has so many records. */
async function silverHas(log: ReturnType<typeof createKafkaLog>, records: number): Promise<void> {
  const deadline = Date.now() + 900_000;
  for (;;) {
    const partitions = (await log.partitions(`${PIPELINE}.silver_changes`)) ?? [];
    if (partitions.reduce((sum, { high }) => sum + high, 0) >= records) return;
    if (Date.now() > deadline) throw new Error('silver did not get all changes');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The results as text. */
export const goldRowsTable = (results: readonly GoldRowsResult[]): string =>
  table([
    [
      'rows before',
      'events/s',
      'inserted',
      'updated',
      'upserts/s',
      'CPU µs/upsert gold',
      '… Postgres',
      'MB before, after',
    ],
    ...results.map((result) => [
      ...[result.rowsBefore, result.eventsPerSecond, result.inserted, result.updated, result.upsertsPerSecond],
      ...[result.goldUs, result.postgresUs, `${result.mbBefore}, ${result.mbAfter}`],
    ]),
  ]);

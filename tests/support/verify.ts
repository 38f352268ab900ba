import type { RecordLog } from '@medallion/runtime';
import { BRONZE, type Expected, SILVER, santaOracle } from '../oracle/santa-oracle.ts';
import { VIEWS } from '../oracle/views.ts';
import { AvroRows } from './avro-rows.ts';
import { aheadOfLease } from './caught-up.ts';
import { diffTables } from './diff.ts';
import { type GoldDatabase, PIPELINE } from './gold-snapshot.ts';
import { auditLogs, auditRaw } from './log-audit.ts';
import { RAW_TOPIC, type Sent } from './raw-topic.ts';
import type { TopicReader } from './topic-reader.ts';
import { GOLD_INPUTS, SILVER_TOPIC } from './topology.ts';
import { diffLate, diffQuarantine } from './trace-diff.ts';
import { until } from './until.ts';

/** What a run is judged by. */
export type Run = {
  readonly log: RecordLog;
  readonly reader: TopicReader;
  readonly database: GoldDatabase;
  readonly registryUrl: string;
  readonly partitions: number;
  readonly sent: readonly Sent[];
  /** About when the records were ingested, epoch milliseconds. */
  readonly ingestedAt: number;
};

/** What is wrong, as lines (none: all is as the oracle says), and what was compared. */
export type Verdict = {
  readonly problems: readonly string[];
  readonly expected: Expected;
  readonly totals: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
};

/**
 * Compares everything that a caught-up pipeline has written with the oracle's answer for the records that the raw topic
 * holds: gold tables, quarantine, late rows, counts, the bronze copy, watermarks, conservation.
 */
export async function verify(run: Run): Promise<Verdict> {
  const { log, database, partitions } = run;
  const topics = await run.reader.all([RAW_TOPIC, ...GOLD_INPUTS]);
  const raw = topics.get(RAW_TOPIC)!;
  const expected = santaOracle(raw, { partitions, ingestedAt: run.ingestedAt });
  const logs = auditLogs(topics);

  // Leases are at the end; the next tick of gold closes the windows.
  await until(
    'the windows are closed',
    async () => ((await database.snapshot()).finalThrough >= expected.finalThrough ? true : null),
    { timeoutMs: 300_000 },
  ).catch(() => {}); // the comparison says it better
  const snapshot = await database.snapshot();
  const problems = [
    ...auditRaw(run.sent, raw),
    ...logs.problems,
    ...VIEWS.flatMap(({ name, groupBy }) =>
      diffTables(
        name,
        expected.gold.get(name)!,
        snapshot.gold.get(name)!,
        ['window_start', ...groupBy],
        ['updated_at'],
      ),
    ),
    ...(await diffQuarantine(database, expected, topics, logs, new AvroRows(run.registryUrl))),
    ...(await diffLate(database, expected, topics.get(SILVER_TOPIC)!, logs)),
    ...(await diffCounts(database, expected)),
    ...(await diffBronzeCopy(database, expected)),
    ...diffTables(
      'watermarks',
      expected.watermarks.map((watermark, partition) => ({ partition, watermark })),
      snapshot.leases
        .filter((l) => l.topic === SILVER_TOPIC)
        .map(({ partition, watermark }) => ({ partition, watermark })),
      ['partition'],
    ),
    ...(snapshot.finalThrough === expected.finalThrough
      ? []
      : [`final through ${snapshot.finalThrough}, expected ${expected.finalThrough}`]),
    ...(await unconserved(database, run.reader)),
    ...(await aheadOfLease(log, database)).map((line) => `I5: ${line}`),
  ];
  const totals = {
    sent: run.sent.length,
    raw: raw.length,
    bronze: expected.bronze.size,
    silver: expected.silver.size,
    quarantine: totalsBy(expected.quarantine.map(({ table, outcome }) => `${table.split('_')[0]} ${outcome}`)),
    late: totalsBy(expected.late.map(({ view }) => view)),
    'gold rows': Object.fromEntries(VIEWS.map(({ name }) => [name, expected.gold.get(name)!.length])),
    'repeated records skipped': Object.fromEntries(logs.repeated),
  };
  return { problems, expected, totals };
}

function totalsBy(names: readonly string[]): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const name of names) totals[name] = (totals[name] ?? 0) + 1;
  return totals;
}

async function diffCounts(database: GoldDatabase, expected: Expected): Promise<readonly string[]> {
  const counts = await database.query<Record<string, unknown>>(
    'SELECT table_name AS table, partition, outcome, records FROM medallion.table_counts WHERE pipeline = $1',
    [PIPELINE],
  );
  const rules = await database.query<Record<string, unknown>>(
    `SELECT partition, rule, judged, failed, dropped FROM medallion.rule_counts
     WHERE pipeline = $1 AND table_name = $2 AND action = 'quarantine'`,
    [PIPELINE, SILVER],
  );
  const metrics = await database.query<Record<string, unknown>>(
    'SELECT rule, records, passed, failed, dropped FROM medallion.data_quality_metrics WHERE pipeline = $1',
    [PIPELINE],
  );
  return [
    ...diffTables('table_counts', expected.counts, counts, ['table', 'partition', 'outcome']),
    ...diffTables(
      'rule_counts',
      expected.rules.map((r) => ({ ...r, dropped: r.failed })),
      rules,
      ['partition', 'rule'],
    ),
    ...diffTables('data_quality_metrics', metricsOf(expected), metrics, ['rule']),
  ];
}

const metricsOf = ({ rules }: Expected) =>
  [...Map.groupBy(rules, ({ rule }) => rule)].map(([rule, counts]) => {
    const records = counts.reduce((sum, { judged }) => sum + judged, 0);
    const failed = counts.reduce((sum, each) => sum + each.failed, 0);
    return { rule, records, passed: records - failed, failed, dropped: failed };
  });

async function diffBronzeCopy(database: GoldDatabase, { bronze }: Expected): Promise<readonly string[]> {
  const rows = await database.query<{ place: string }>(
    `SELECT source_partition || ':' || source_offset AS place FROM santa_deliveries.bronze_santa_deliveries`,
  );
  const places = new Set(rows.map(({ place }) => place));
  const missing = bronze.difference(places);
  const foreign = places.difference(bronze);
  return [
    ...(rows.length === places.size ? [] : [`bronze copy: ${rows.length - places.size} rows are there twice`]),
    ...(missing.size === 0 ? [] : [`bronze copy: ${missing.size} rows are missing, such as ${[...missing][0]}`]),
    ...(foreign.size === 0 ? [] : [`bronze copy: ${foreign.size} rows are not expected, such as ${[...foreign][0]}`]),
  ];
}

/** I4, by the query that users have. It counts from offset 0, so what was gone before anybody read is missing in it. */
async function unconserved(database: GoldDatabase, reader: TopicReader): Promise<readonly string[]> {
  const rows = await database.query<{ table_name: string; partition: number; records_in: number; difference: number }>(
    'SELECT table_name, partition, records_in, difference FROM medallion.conservation WHERE pipeline = $1',
    [PIPELINE],
  );
  const tables = new Set(rows.map((row) => row.table_name));
  return [
    ...rows
      .filter((row) => row.difference !== (row.table_name === BRONZE ? reader.first(RAW_TOPIC, row.partition) : 0))
      .map((row) => `I4: ${row.table_name}[${row.partition}]: ${row.difference} of ${row.records_in} left no trace`),
    ...(tables.size === 2 + VIEWS.length ? [] : [`I4: conservation knows only ${[...tables].join(', ')}`]),
  ];
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import { startStack } from '@medallion/devstack';
import { createFileSource } from '@medallion/files';
import { createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import { csv, files, jsonArray, jsonLines, parquet, pipeline, streamingTable } from '@medallion/pipeline';
import { noProgress, runLayer } from '@medallion/runtime';
import { date, double, long, row, string, timestamp } from '@medallion/schema';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { round, table } from './support/statistics.ts';

/** What the ingestion of one format is measured by, in one bronze-ingest, from its start to the last checkpoint. */
export type FilesResult = {
  readonly format: string;
  readonly files: number;
  readonly rows: number;
  readonly megabytes: number;
  readonly seconds: number;
  readonly filesPerSecond: number;
  readonly rowsPerSecond: number;
  readonly cpuUsPerRow: number;
};

const Order = row('Order', {
  order_id: string(),
  customer_id: long(),
  product: string(),
  quantity: long(),
  amount: double(),
  status: string(),
  note: string(),
  ordered_at: timestamp(),
  ordered_on: date(),
});
type Sample = ReturnType<typeof sample>;

function sample(n: number) {
  const at = new Date(Date.UTC(2026, 0, 1) + n * 1_000);
  return {
    ...{ order_id: `order-${n}`, customer_id: n % 50_000, product: `product ${n % 900}`, quantity: (n % 5) + 1 },
    ...{ amount: ((n * 37) % 100_000) / 4, status: ['pending', 'completed', 'cancelled'][n % 3]! },
    ...{ note: n % 10 === 0 ? 'leave it, please, at the "door"' : '', ordered_at: at.toISOString() },
    ordered_on: at.toISOString().slice(0, 10),
  };
}

const quoted = (value: unknown): string =>
  typeof value === 'string' && /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);

function parquetOf(rows: readonly Sample[]): Uint8Array {
  const names = Object.keys(rows[0]!) as (keyof Sample)[];
  const columnData = names.map((name) => {
    if (name === 'ordered_at') return { name, data: rows.map((r) => new Date(r[name])), type: 'TIMESTAMP' as const };
    if (name === 'customer_id' || name === 'quantity')
      return { name, data: rows.map((r) => BigInt(r[name])), type: 'INT64' as const };
    if (name === 'amount') return { name, data: rows.map((r) => r[name]), type: 'DOUBLE' as const };
    return { name, data: rows.map((r) => r[name]), type: 'STRING' as const };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

const lines = (rows: readonly Sample[]): string => rows.map((each) => JSON.stringify(each)).join('\n');

const FORMATS = {
  json_lines: { rows: jsonLines(Order), name: 'x.json', write: lines },
  json_lines_gz: { rows: jsonLines(Order), name: 'x.json.gz', write: (rows) => gzipSync(lines(rows)) },
  json_array: { rows: jsonArray(Order), name: 'x.json', write: (rows) => JSON.stringify(rows) },
  csv: {
    rows: csv(Order),
    name: 'x.csv',
    write: (rows) =>
      [Object.keys(rows[0]!).join(','), ...rows.map((each) => Object.values(each).map(quoted).join(','))].join('\n'),
  },
  parquet: { rows: parquet(Order), name: 'x.parquet', write: parquetOf },
} satisfies Record<string, { rows: unknown; name: string; write: (rows: readonly Sample[]) => string | Uint8Array }>;
type Format = keyof typeof FORMATS;

/** Ingests `files` files of `rows` rows of each format, and then many small files, on a Kafka of its own. */
export async function filesBench(count: number, rows: number): Promise<readonly FilesResult[]> {
  const stack = await startStack({
    mode: 'ephemeral',
    env: { ...process.env, KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '' },
  });
  const results: FilesResult[] = [];
  const measure = async (format: Format, label: string, each: number, of: number): Promise<void> => {
    const result = await ingest(stack.kafkaBrokers, stack.schemaRegistryUrl, format, label, each, of);
    console.error(JSON.stringify(result));
    results.push(result);
  };
  try {
    await measure('json_lines', 'warm_up', 4, rows);
    results.length = 0;
    for (const format of Object.keys(FORMATS) as Format[]) await measure(format, format, count, rows);
    await measure('json_lines', 'small_files', 2_000, 10);
  } finally {
    await stack.stop();
  }
  return results;
}

async function ingest(
  brokers: readonly string[],
  registry: string,
  format: Format,
  label: string,
  count: number,
  rows: number,
): Promise<FilesResult> {
  const root = mkdtempSync(join(tmpdir(), 'medallion-bench-files-'));
  const name = `bench-${label.replaceAll('_', '-')}`;
  const { rows: reading, name: suffix, write } = FORMATS[format];
  let bytes = 0;
  mkdirSync(join(root, 'in'));
  for (let file = 0; file < count; file++) {
    const content = write(Array.from({ length: rows }, (_, n) => sample(file * rows + n)));
    bytes += Buffer.byteLength(content);
    writeFileSync(join(root, 'in', `${String(file).padStart(6, '0')}-${suffix}`), content);
  }
  const plan = pipeline(name, {
    tables: [
      streamingTable('bronze_orders').from(
        files('in', { pattern: '*', format: reading, key: 'order_id', partitions: 4 }),
      ),
    ],
  });
  const log = createKafkaLog({ brokers, clientId: name, log: silentLog });
  const source = await createFileSource({ root, settleMs: 0 });
  const cpu = process.cpuUsage();
  const began = performance.now();
  const flow = runLayer('bronze', {
    ...{ plan, log, files: source, owner: 'bench', clock: systemClock, logger: silentLog, metrics: noMetrics },
    codecs: createRegistryCodecs({ url: registry }),
    progress: () => noProgress,
    report: () => {},
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
    settings: {
      ...{ fetchWaitMs: 25, maxBatchBytes: 524_288, sessionTimeoutMs: 10_000, tickMs: 250, checkpointEveryMs: 1_000 },
      ...{ idleTimeoutMs: milliseconds(30_000), until: 'caught up' as const },
    },
  });
  await flow.done;
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const written = (await log.partitions(`${name}.bronze_orders`))!.reduce((sum, { high }) => sum + high, 0);
  if (written !== count * rows) throw new Error(`${written} rows of ${count * rows} in the table`);
  await log.close();
  await source.close();
  rmSync(root, { recursive: true, force: true });
  return {
    ...{ format: label, files: count, rows: written, megabytes: round(bytes / 1e6, 1), seconds: round(seconds, 2) },
    filesPerSecond: round(count / seconds, 1),
    rowsPerSecond: Math.round(written / seconds),
    cpuUsPerRow: round((user + system) / written, 1),
  };
}

/** The results as a table for the terminal. */
export const filesTable = (results: readonly FilesResult[]): string =>
  table([
    ['files', 'files', 'rows', 'MB', 'seconds', 'files/s', 'rows/s', 'CPU µs/row'],
    ...results.map((r) => [
      r.format,
      ...[r.files, r.rows, r.megabytes, r.seconds, r.filesPerSecond, r.rowsPerSecond, r.cpuUsPerRow].map(String),
    ]),
  ]);

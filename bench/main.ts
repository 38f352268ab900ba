import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { instant } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createGenerator } from '@medallion/santa-generator';
import { type DashboardResult, dashboard, dashboardTable } from './dashboard.ts';
import { type DrainSummary, drains, drainTable } from './drain.ts';
import { type FilesResult, filesBench, filesTable } from './files.ts';
import { type IncrementalResult, incremental, incrementalTable } from './incremental.ts';
import { type GoldRowsResult, goldRows, goldRowsTable } from './keys/gold-rows.ts';
import { type KeysResult, keysBench, keysTable } from './keys/keys.ts';
import { type PacedResult, paced, pacedTable } from './paced.ts';
import { type ScdResult, scd, scdTable } from './scd.ts';

const usage = `usage: npm run bench -- [drain|paced|growth|soak|backlog|keys|gold-rows|scd|incremental|files|dashboard …] [--events N] [--runs N] [--rate N] [--seconds N] [--minutes N] [--keys N] [--files N] [--rows N] [--pages N] [--real N] [--save NAME]

  drain    500,000 events from a full topic to gold, three times  (default, with paced)
  paced    1,000 events/s for 60 s: latencies and cores           (default, with drain)
  growth   drain with ten times the keys and open windows
  soak     2,000 events/s for --minutes (10): flat memory, files, connections, dead rows
  backlog  5,000,000 events from a full topic to gold, once: bounded memory
  keys     services that remember --keys (1,000,000) in a history and in a dedupe set, killed with SIGKILL: time to go on
  gold-rows  changes of random customers into a gold table of --gold-rows (10,000,000), beside an empty one: upserts/s
  scd      changing dimensions of both types with 1,000,000 keys: changes/s, memory
  incremental  views over 10,000, 100,000 and 1,000,000 orders: a change against all again (--orders for one size)
  files    40 files of 5,000 rows of each format, and 2,000 small ones: files/s, rows/s
  dashboard  50 open pages at 1,000 events/s (--pages, of which --real in a browser; --seconds 300 for the long run), over a
           table of 1,000,000 rows: cores, memory, load on Postgres, commit to page, first paint, size of the code`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '500000' },
    runs: { type: 'string', default: '3' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '10' },
    keys: { type: 'string', default: '1000000' },
    orders: { type: 'string', default: '10000,100000,1000000' },
    files: { type: 'string', default: '40' },
    rows: { type: 'string', default: '5000' },
    pages: { type: 'string', default: '50' },
    real: { type: 'string', default: '3' },
    'gold-rows': { type: 'string' },
    save: { type: 'string' },
    help: { type: 'boolean' },
  },
});
/** CPU µs of JSON.parse for one event: what a figure of this machine, at this hour, is to be compared by (1.3 when quiet). */
function jsonParseUs(): number {
  const generator = createGenerator({
    seed: 1,
    start: instant(0),
    ratePerSecond: 1_000,
    events: 50_000,
    quality: 'clean',
  });
  const texts = generator.nextBatch(50_000).map(({ value }) => value as Buffer);
  const runs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    for (const text of texts) JSON.parse(text.toString());
    const { user, system } = process.cpuUsage(before);
    return (user + system) / texts.length;
  });
  return Number(Math.min(...runs).toFixed(2));
}

if (values.help) {
  console.log(usage);
  process.exit(0);
}
const wanted = new Set(positionals.length === 0 ? ['drain', 'paced'] : positionals);
const events = Number(values.events);
const runs = Number(values.runs);
const results: {
  drain?: DrainSummary[];
  paced?: PacedResult;
  soak?: PacedResult;
  backlog?: DrainSummary[];
  keys?: KeysResult[];
  goldRows?: GoldRowsResult[];
  scd?: ScdResult[];
  incremental?: IncrementalResult[];
  files?: readonly FilesResult[];
  dashboard?: DashboardResult;
} = {};

if (wanted.has('drain') || wanted.has('growth')) {
  results.drain = [await drains(runs, events, 1_000)];
  if (wanted.has('growth')) results.drain.push(await drains(runs, events, 10_000), await drains(runs, events, 100));
  console.log(`\n${drainTable(results.drain)}`);
}
if (wanted.has('paced')) {
  results.paced = await paced(Number(values.rate), Number(values.seconds));
  console.log(`\n${pacedTable(results.paced)}`);
}
if (wanted.has('soak')) {
  results.soak = await paced(2_000, Number(values.minutes) * 60);
  console.log(`\n${pacedTable(results.soak)}`);
}
if (wanted.has('backlog')) {
  results.backlog = [await drains(1, 5_000_000, 1_000)];
  console.log(`\n${drainTable(results.backlog)}`);
}
if (wanted.has('keys')) {
  results.keys = [];
  // Beside it the same with few keys: the rest is the restoring.
  for (const name of ['keys-history', 'keys-dedupe'])
    for (const keys of [1_000, Number(values.keys)]) results.keys.push(await keysBench(name, keys));
  console.log(`\n${keysTable(results.keys)}`);
}
if (wanted.has('gold-rows')) {
  results.goldRows = [];
  for (const rows of [0, Number(values['gold-rows'] ?? 10_000_000)])
    results.goldRows.push(await goldRows(rows, events));
  console.log(`\n${goldRowsTable(results.goldRows)}`);
}
if (wanted.has('scd')) {
  results.scd = [await scd(1, Number(values.keys)), await scd(2, Number(values.keys))];
  console.log(`\n${scdTable(results.scd)}`);
}
if (wanted.has('incremental')) {
  const databaseUrl = process.env.DATABASE_URL ?? (await testStack()).databaseUrl;
  results.incremental = [];
  for (const orders of values.orders.split(','))
    results.incremental.push(await incremental(databaseUrl, Number(orders)));
  console.log(`\n${incrementalTable(results.incremental)}`);
}
if (wanted.has('files')) {
  results.files = await filesBench(Number(values.files), Number(values.rows));
  console.log(`\n${filesTable(results.files)}`);
}
if (wanted.has('dashboard')) {
  const [pages, realPages, rows] = [
    Number(values.pages),
    Number(values.real),
    Number(values['gold-rows'] ?? 1_000_000),
  ];
  const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
  results.dashboard = await dashboard({ pages, realPages, seconds, rate, rows });
  console.log(`\n${dashboardTable(results.dashboard)}`);
}
if (values.save !== undefined) {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, jsonParseUs: jsonParseUs() };
  const file = join(folder, `${values.save}.json`);
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), machine, ...results }, null, 2)}\n`);
  console.error(`saved ${values.save}.json`);
}

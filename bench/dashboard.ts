import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sizesOf } from '../services/dashboard/web/build/sizes.ts';
import { buildPages } from '../tests/support/dashboard-build.ts';
import { startDashboard } from './support/dashboard-process.ts';
import { type Engine, withEngine } from './support/engine.ts';
import { Listeners } from './support/listeners.ts';
import { fillView } from './support/many-rows.ts';
import { loadBetween, type PostgresLoad, postgresFigures } from './support/postgres-load.ts';
import { fillRawTopic, PARTITIONS } from './support/raw-topic.ts';
import { type Paint, type RealPage, RealPages } from './support/real-pages.ts';
import { quantile, round, table } from './support/statistics.ts';

const ROOT = join(import.meta.dirname, '..');
const PIPELINE = 'santa-deliveries';
const LARGE = 'gold_top_cities';
const LARGE_WINDOW_MS = 900_000;
/** Not measured: processes that have just started compile their code. */
const WARM_UP_S = 10;
/** What the open pages show, in turns. */
const PAGES = ['/', `/operator/${PIPELINE}`, `/pipelines/${PIPELINE}/tables/${LARGE}`];

export type DashboardOptions = {
  readonly pages: number;
  /** So many of them in a browser; the others make the same requests, and draw nothing. */
  readonly realPages: number;
  readonly seconds: number;
  readonly rate: number;
  readonly rows: number;
};

type Quantiles = { readonly p50: number; readonly p99: number };

export type DashboardResult = DashboardOptions & {
  readonly note: string;
  readonly goldRows: number;
  readonly dashboard: { readonly cores: number; readonly rssMb: number; readonly peakRssMb: number };
  readonly postgresWithout: PostgresLoad;
  readonly postgresWith: PostgresLoad;
  readonly live: {
    readonly commitMs: Quantiles;
    readonly eventsPerPagePerSecond: number;
    readonly kbPerPagePerSecond: number;
    readonly failures: readonly string[];
  };
  /** Reads of the table of many rows, ms, by what is asked of it. */
  readonly largeTableMs: Readonly<Record<string, Quantiles>>;
  /** What of it was refused, as some orders of so many rows are. */
  readonly largeTableRefused: readonly string[];
  readonly paint: Readonly<Record<string, Paint>>;
  /** The longest of sixty frames of a page under load, ms. */
  readonly longestFrameMs: readonly number[];
  readonly codeKb: { readonly firstPaint: number; readonly all: number; readonly mapData: number };
};

const quantiles = (values: readonly number[]): Quantiles => ({
  p50: round(quantile(values, 0.5)),
  p99: round(quantile(values, 0.99)),
});

/** Open pages while events come in: what they cost the dashboard and Postgres, and how soon they show a commit. */
export async function dashboard(options: DashboardOptions): Promise<DashboardResult> {
  const built = sizesOf(await buildPages());
  const kb = (bytes: number): number => round(bytes / 1_024);
  const codeKb = { firstPaint: kb(built.initial), all: kb(built.code), mapData: kb(built.mapData) };
  return withEngine(async (engine) => {
    await fillRawTopic(engine.brokers, { events: 2_000, seed: 1, density: 1_000, startMs: Date.now() - 5_000 });
    engine.start();
    await engine.gold.accounted(2_000, 60_000);
    const goldRows = await fillView(engine.env.DATABASE_URL!, LARGE, options.rows, LARGE_WINDOW_MS);
    const baselineS = Math.max(10, Math.round(options.seconds / 5));
    const generator = startGenerator(engine, options.rate, options.seconds + baselineS + 120);
    try {
      await delay(WARM_UP_S * 1_000);
      const postgresWithout = await postgresLoad(engine, baselineS);
      const measured = await withPages(engine, options);
      return { ...options, note: noteOf(options), goldRows, postgresWithout, ...measured, codeKb };
    } finally {
      generator.kill('SIGTERM');
      await once(generator, 'exit');
    }
  });
}

const noteOf = ({ pages, realPages }: DashboardOptions): string =>
  realPages >= pages
    ? 'all pages are open in a browser on the same machine'
    : `${realPages} pages are open in a browser; the other ${pages - realPages} make the requests that those make when they open, and hold their stream open, in one process that draws nothing`;

function startGenerator(engine: Engine, rate: number, seconds: number) {
  const program = join(ROOT, 'services', 'santa-generator', 'src', 'main.ts');
  const options = ['--rate', String(rate), '--events', String(rate * seconds), '--seed', '7'];
  return spawn(process.execPath, [program, ...options, '--to', 'kafka', '--partitions', String(PARTITIONS)], {
    env: { ...process.env, ...engine.env },
    stdio: 'ignore',
  });
}

async function postgresLoad(engine: Engine, seconds: number): Promise<PostgresLoad> {
  const figures = () => postgresFigures(engine.env.DATABASE_URL!, engine.stack.postgres!.pid!);
  const before = await figures();
  await delay(seconds * 1_000);
  return loadBetween(before, await figures());
}

type WithPages = Pick<
  DashboardResult,
  'dashboard' | 'postgresWith' | 'live' | 'largeTableMs' | 'largeTableRefused' | 'paint' | 'longestFrameMs'
>;

async function withPages(engine: Engine, { pages, realPages, seconds }: DashboardOptions): Promise<WithPages> {
  const service = await startDashboard({ ...engine.env, OPERATOR_DATABASE_URL: engine.env.DATABASE_URL! }, engine.logs);
  const browser = await RealPages.start(service.url);
  const listeners = new Listeners(service.url);
  try {
    // One of each kind says what pages ask for, even where fewer are left open.
    const real: RealPage[] = [];
    for (let i = 0; i < Math.max(realPages, PAGES.length); i++) real.push(await browser.open(PAGES[i % PAGES.length]!));
    for (let i = real.length; i < pages; i++) await listeners.open(real[i % PAGES.length]!.requests);
    await delay(WARM_UP_S * 1_000);
    listeners.take();
    const before = { ...service.figures(), atMs: performance.now() };
    const postgresWith = await postgresLoad(engine, seconds);
    const after = { ...service.figures(), atMs: performance.now() };
    const heard = listeners.take();
    const spentS = (after.atMs - before.atMs) / 1_000;
    const longestFrameMs = await Promise.all(real.map((page) => page.frameMs()));
    const others = Math.max(1, pages - real.length);
    return {
      dashboard: {
        cores: round((after.cpuUs - before.cpuUs) / (spentS * 1e6), 3),
        ...{ rssMb: Math.round(after.rssBytes / 1e6), peakRssMb: Math.round(after.peakRssBytes / 1e6) },
      },
      postgresWith,
      live: {
        commitMs: quantiles(heard.commitMs),
        eventsPerPagePerSecond: round(heard.events / spentS / others, 2),
        kbPerPagePerSecond: round(heard.bytes / 1_024 / spentS / others, 2),
        failures: [...new Set(heard.failures)].slice(0, 10),
      },
      ...(await largeTable(service.url)),
      paint: Object.fromEntries(PAGES.map((path, i) => [path, real[i]!.paint])),
      longestFrameMs: longestFrameMs.map((ms) => Math.round(ms)),
    };
  } finally {
    await listeners.close();
    await browser.close();
    await service.stop();
  }
}

/** Asks for pages of the table of many rows, while all pages are open. */
async function largeTable(url: string): Promise<Pick<WithPages, 'largeTableMs' | 'largeTableRefused'>> {
  const base = `${url}/api/pipelines/${PIPELINE}/tables/${LARGE}`;
  const asked = {
    'first rows': [`${base}/rows?limit=100`],
    'rows by events': [`${base}/rows?limit=100&order=-events`],
    'rows of a city': [`${base}/rows?limit=100&filter=city:eq:Helsinki`],
    series: [`${base}/series`],
  };
  const results: Record<string, Quantiles> = {};
  const refused = new Set<string>();
  for (const [name, [address]] of Object.entries(asked)) {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const began = performance.now();
      const answer = await fetch(address!);
      await answer.arrayBuffer();
      times.push(performance.now() - began);
      if (!answer.ok) refused.add(`${answer.status} ${new URL(address!).pathname}${new URL(address!).search}`);
    }
    results[name] = quantiles(times);
  }
  results['the next twenty pages'] = quantiles(await nextPages(base));
  return { largeTableMs: results, largeTableRefused: [...refused] };
}

async function nextPages(base: string): Promise<readonly number[]> {
  const times: number[] = [];
  let cursor = '';
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    const answer = await fetch(`${base}/rows?limit=100${cursor}`);
    const { nextCursor } = (await answer.json()) as { readonly nextCursor: string | null };
    times.push(performance.now() - began);
    if (nextCursor === null) throw new Error('the table has no more rows');
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
  return times;
}

/** The result as a table for the terminal. */
export function dashboardTable(result: DashboardResult): string {
  const { dashboard: own, postgresWith, postgresWithout, live, codeKb } = result;
  const added = (key: keyof PostgresLoad): string => `${postgresWithout[key]} / ${postgresWith[key]}`;
  return table([
    ['dashboard', `${result.pages} pages (${result.realPages} real), ${result.rate} events/s, ${result.seconds} s`],
    ['cores of the dashboard', own.cores],
    ['RSS MB of the dashboard, end / peak', `${own.rssMb} / ${own.peakRssMb}`],
    ['cores of Postgres without / with', added('cores')],
    ['transactions/s without / with', added('transactionsPerSecond')],
    ['rows read/s without / with', added('rowsReadPerSecond')],
    ['commit to page ms, p50 / p99', `${live.commitMs.p50} / ${live.commitMs.p99}`],
    ['events, KB a page and second', `${live.eventsPerPagePerSecond}, ${live.kbPerPagePerSecond}`],
    ['failures', live.failures.length + result.largeTableRefused.length],
    ...Object.entries(result.largeTableMs).map(([name, { p50, p99 }]): [string, string] => [
      `${result.goldRows} rows: ${name} ms`,
      `${p50} / ${p99}`,
    ]),
    ...Object.entries(result.paint).map(([path, { contentMs, loadedMs }]): [string, string] => [
      `${path}: first content, loaded ms`,
      `${contentMs}, ${loadedMs}`,
    ]),
    ['longest frames ms', result.longestFrameMs.join(', ')],
    ['code KB: first paint, all, map data', `${codeKb.firstPaint}, ${codeKb.all}, ${codeKb.mapData}`],
  ]);
}

import { readFileSync, writeFileSync } from 'node:fs';
import { brokerGb, type Cost, coresFor, costOf, type Deployment, databaseGb, type Measured } from './cost.ts';
import { PRICES, PRICES_OF } from './prices.ts';

/** The page that the tables stand in. */
export const COST_DOC = new URL('../../docs/operating/cost.md', import.meta.url);

const results = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), 'utf8'));

type Run = { readonly cpuUsPerEvent: { readonly total: number } };
type Results = {
  readonly drain: readonly { readonly density: number; readonly runs: readonly Run[] }[];
  readonly paced: { readonly eventsPerSecond: number; readonly cores: { readonly total: number } };
};
type StorageResults = {
  readonly storage: { readonly kafkaBytesPerEvent: number; readonly postgresBytesPerEvent: number };
};

/** The figures of bench/results: of several runs the dearest, as nobody pays for the best one. */
export function measured(): Measured {
  const { drain, paced } = results('2026-11-22') as Results;
  const { storage } = results('2026-11-22-storage') as StorageResults;
  return {
    paced: { eventsPerSecond: paced.eventsPerSecond, cores: paced.cores.total },
    cpuUsPerEvent: Math.max(...drain.flatMap(({ runs }) => runs.map((run) => run.cpuUsPerEvent.total))),
    kafkaBytesPerEvent: storage.kafkaBytesPerEvent,
    postgresBytesPerEvent: storage.postgresBytesPerEvent,
  };
}

/** What the page assumes; docs/operating/cost.md says why. */
export const deployment = (eventsPerSecond: number): Deployment => ({
  eventsPerSecond,
  brokers: 3,
  replicationFactor: 3,
  topicDays: 7,
  tableDays: 30,
  utilisation: 0.5,
  leastCores: 1.5,
  fill: 0.65,
});

const RATES = [100, 1_000, 5_000, 10_000];

const dollars = (value: number): string => Math.round(value).toLocaleString('en-US');
const line = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const LABELS: Readonly<Record<Exclude<keyof Cost, 'total' | 'perMillionEvents'>, string>> = {
  services: 'services',
  brokers: 'brokers',
  brokerStorage: 'storage of the brokers',
  database: 'database',
  databaseStorage: 'storage of the database',
  transfer: 'between zones',
};

/** The tables of the page: prices, what is needed, what it costs. */
export function costTables(): string {
  const figures = measured();
  const costs = RATES.map((rate) => costOf(PRICES, figures, deployment(rate)));
  const numbers = (pick: (rate: number) => number, digits = 0) =>
    RATES.map((rate) => pick(rate).toLocaleString('en-US', { maximumFractionDigits: digits }));
  const keys = Object.keys(LABELS) as (keyof typeof LABELS)[];
  return [
    line(`price (${PRICES_OF})`, 'dollars'),
    '|---|---|',
    ...Object.values(PRICES).map(({ what, dollars: price }) => line(what, String(price))),
    '',
    line('events a second, on average', ...RATES.map((rate) => rate.toLocaleString('en-US'))),
    `|---|${RATES.map(() => '---|').join('')}`,
    line('cores that the three services use', ...numbers((rate) => coresFor(figures, rate), 2)),
    line('GB on all brokers', ...numbers((rate) => brokerGb(figures, deployment(rate)))),
    line('GB in the database', ...numbers((rate) => databaseGb(figures, deployment(rate)))),
    '',
    line('dollars a month', ...RATES.map((rate) => rate.toLocaleString('en-US'))),
    `|---|${RATES.map(() => '---|').join('')}`,
    ...keys.map((key) => line(LABELS[key], ...costs.map((cost) => dollars(cost[key])))),
    line('**all**', ...costs.map((cost) => `**${dollars(cost.total)}**`)),
    line('**a million events**', ...costs.map((cost) => `**${cost.perMillionEvents.toFixed(2)}**`)),
  ].join('\n');
}

const MARKS = /(<!-- tables of bench\/cost\/doc.ts -->\n)[\s\S]*?(\n<!-- end -->)/;

/** The page with tables that are current. */
export const withTables = (page: string): string => {
  if (!MARKS.test(page)) throw new Error('docs/operating/cost.md has lost the marks around its tables');
  return page.replace(MARKS, (_, before: string, after: string) => `${before}${costTables()}${after}`);
};

if (import.meta.main) writeFileSync(COST_DOC, withTables(readFileSync(COST_DOC, 'utf8')));

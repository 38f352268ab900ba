import { brokerGb, type Cost, coresFor, costOf, type Deployment, databaseGb } from './cost.ts';
import { measured } from './inputs.ts';
import type { Prices } from './prices.ts';

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

/** Prices, what is needed, what it costs: at each of some rates, events a second. */
export function costTables(
  prices: Prices,
  rates: readonly number[],
  deploymentAt: (rate: number) => Deployment,
): string {
  const figures = measured();
  const costs = rates.map((rate) => costOf(prices, figures, deploymentAt(rate)));
  const numbers = (pick: (rate: number) => number, digits = 0) =>
    rates.map((rate) => pick(rate).toLocaleString('en-US', { maximumFractionDigits: digits }));
  const keys = Object.keys(LABELS) as (keyof typeof LABELS)[];
  return [
    line('price', 'dollars', 'seen'),
    '|---|---|---|',
    ...Object.values(prices).map(({ what, dollars: price, seen }) => line(what, String(price), seen)),
    '',
    line('events a second, on average', ...rates.map((rate) => rate.toLocaleString('en-US'))),
    `|---|${rates.map(() => '---|').join('')}`,
    line('cores that the three services use', ...numbers((rate) => coresFor(figures, rate), 2)),
    line('GB on all brokers', ...numbers((rate) => brokerGb(figures, deploymentAt(rate)))),
    line('GB in the database', ...numbers((rate) => databaseGb(figures, deploymentAt(rate)))),
    '',
    line('dollars a month', ...rates.map((rate) => rate.toLocaleString('en-US'))),
    `|---|${rates.map(() => '---|').join('')}`,
    ...keys.map((key) => line(LABELS[key], ...costs.map((cost) => dollars(cost[key])))),
    line('**all**', ...costs.map((cost) => `**${dollars(cost.total)}**`)),
    line('**a million events**', ...costs.map((cost) => `**${cost.perMillionEvents.toFixed(2)}**`)),
  ].join('\n');
}

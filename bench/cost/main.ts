/**
 * npm run cost [-- --prices FILE --rates 100,1000 --brokers 3 --topic-days 7 --table-days 30]: what a million events cost, with the
 * method of docs/operating/cost.md. FILE is JSON: dollars by name, of as many prices as you have; the others are list prices.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deployment, RATES } from './inputs.ts';
import { withOwn } from './own-prices.ts';
import { costTables } from './tables.ts';

const { values } = parseArgs({
  options: {
    prices: { type: 'string' },
    rates: { type: 'string', default: RATES.join(',') },
    brokers: { type: 'string' },
    'topic-days': { type: 'string' },
    'table-days': { type: 'string' },
  },
});

const positive = (option: string, text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${option} is a number above 0, not ${text}`);
  return value;
};

/** What the page assumes, or what was asked for in its place. */
const assumed = (option: 'brokers' | 'topic-days' | 'table-days', otherwise: number): number => {
  const text = values[option];
  return text === undefined ? otherwise : positive(option, text);
};

try {
  const own: unknown = values.prices === undefined ? {} : JSON.parse(readFileSync(values.prices, 'utf8'));
  const rates = values.rates.split(',').map((rate) => positive('rates', rate));
  const deploymentAt = (rate: number) => {
    const page = deployment(rate);
    return {
      ...page,
      brokers: assumed('brokers', page.brokers),
      topicDays: assumed('topic-days', page.topicDays),
      tableDays: assumed('table-days', page.tableDays),
    };
  };
  console.log(costTables(withOwn(own), rates, deploymentAt));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

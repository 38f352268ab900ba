import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { brokerGb, coresFor, costOf, type Deployment, databaseGb, type Measured } from './cost.ts';
import { COST_DOC, withTables } from './doc.ts';
import { deployment, measured } from './inputs.ts';
import { withOwn } from './own-prices.ts';
import { PRICES, type Prices } from './prices.ts';
import { costTables } from './tables.ts';

const price = (dollars: number) => ({ what: 'x', dollars, seen: 'y' });
const prices: Prices = {
  coreHour: price(1),
  brokerHour: price(2),
  brokerGbMonth: price(3),
  databaseHour: price(4),
  databaseGbMonth: price(5),
  zoneTransferGb: price(6),
};
const figures: Measured = {
  paced: { eventsPerSecond: 1_000, cores: 0.2 },
  cpuUsPerEvent: 50,
  kafkaBytesPerEvent: 1_000,
  postgresBytesPerEvent: 500,
};
const plan: Deployment = {
  eventsPerSecond: 1_000,
  brokers: 3,
  replicationFactor: 3,
  topicDays: 7,
  tableDays: 30,
  utilisation: 0.5,
  leastCores: 0.1,
  fill: 0.5,
};
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

test('cores are the measured ones up to the paced rate, and 50 µs for each event a second beyond it', () => {
  near(coresFor(figures, 10), 0.2);
  near(coresFor(figures, 1_000), 0.2);
  near(coresFor(figures, 11_000), 0.2 + 0.5);
});

test('a copy of each record is on as many brokers as there are replicas, for as long as topics keep it', () => {
  // 1,000 events × 86,400 s × 7 days × 1,000 bytes × 3 copies = 1,814.4 GB, on disks that are half full.
  near(brokerGb(figures, plan), 3_628.8);
});

test('tables keep rows for as long as they say, once', () => {
  // 1,000 × 86,400 × 30 × 500 bytes = 1,296 GB, on disks that are half full.
  near(databaseGb(figures, plan), 2_592);
});

test('each part of the cost is its amount times its price, and the million is the month divided by its millions', () => {
  const cost = costOf(prices, figures, plan);
  near(cost.services, (0.2 / 0.5) * 730 * 1);
  near(cost.brokers, 3 * 730 * 2);
  near(cost.brokerStorage, 3_628.8 * 3);
  near(cost.database, 730 * 4);
  near(cost.databaseStorage, 2_592 * 5);
  // 2,628 million events × 1,000 bytes, written and read, two of three across zones = 3,504 GB; both ends pay.
  near(cost.transfer, 3_504 * 2 * 6);
  near(cost.perMillionEvents, cost.total / 2_628);
});

test('what is reserved at least is paid for, however little comes', () => {
  near(costOf(prices, figures, { ...plan, eventsPerSecond: 1, leastCores: 1.5 }).services, 1.5 * 730);
});

test('more events cost more a month and less each', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 50_000 }), (rate, more) => {
      const [less, greater] = [rate, rate + more].map((it) =>
        costOf(PRICES, figures, { ...plan, eventsPerSecond: it }),
      );
      assert.ok(greater!.total > less!.total);
      assert.ok(greater!.perMillionEvents < less!.perMillionEvents);
    }),
  );
});

test('where it was measured, at 2,000 events a second, the estimate is no understatement', () => {
  assert.ok(coresFor(measured(), 2_000) >= 0.223);
});

test('docs/operating/cost.md is current (else run: node bench/cost/doc.ts)', () => {
  const page = readFileSync(COST_DOC, 'utf8');
  assert.equal(page, withTables(page));
  assert.ok(costOf(PRICES, measured(), deployment(1_000)).total > 0);
});

test('own prices take the place of those that they name, and the tables are computed of them', () => {
  const own = withOwn({ brokerHour: 1 });
  assert.deepEqual(own, { ...PRICES, brokerHour: { ...PRICES.brokerHour, dollars: 1, seen: 'yours' } });
  // Three brokers, 730 hours, a dollar each.
  assert.match(costTables(own, [100], deployment), /^\| brokers \| 2,190 \|$/m);
  assert.deepEqual(withOwn({}), PRICES);
});

test('what is no price is refused, with the names that there are', () => {
  for (const wrong of [null, [], 'brokerHour', { brokerhour: 1 }, { brokerHour: '1' }, { brokerHour: -1 }])
    assert.throws(() => withOwn(wrong), /brokerHour/, JSON.stringify(wrong));
});

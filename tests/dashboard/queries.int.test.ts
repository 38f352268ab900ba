import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testStack } from '@medallion/devstack';
import { CITIES } from '@medallion/santa-generator';
import { type BusinessApp, businessApp } from '../../services/dashboard/src/business/test/business-app.ts';
import { Overview, type QueryInfo, QueryResult } from '../../services/dashboard/src/contract/index.ts';
import { seedFrom } from '../support/random.ts';
import { BatchNight, type BatchRow, only } from './support/batch-night.ts';
import { batchOverview } from './support/batch-overview.ts';
import { BATCH_QUERIES, type BatchAsked } from './support/batch-queries.ts';
import { type OwnDatabase, ownDatabase } from './support/own-database.ts';
import { eventsOf, keepNight } from './support/santa-night.ts';

/** The pre-built queries and the overview, against a batch computation from the raw events. Repeat with QUERIES_SEED. */

const { databaseUrl } = await testStack();
const seed = seedFrom(process.env.QUERIES_SEED);
const PARTITIONS = 3;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe(`numbers equal a batch computation from the events (QUERIES_SEED=${seed})`, () => {
  let database: OwnDatabase;
  let app: BusinessApp;
  let night: BatchNight;
  let start: number;

  before(async () => {
    database = await ownDatabase(databaseUrl, 'queries');
    const sent = eventsOf({ seed, events: 6_000, partitions: PARTITIONS, ratePerSecond: 0.5, quality: 'hostile' });
    await keepNight(database.databaseUrl, sent, PARTITIONS);
    night = new BatchNight(sent.records, PARTITIONS, Date.now());
    start = sent.start;
    app = await businessApp(database.databaseUrl);
  });
  after(async () => {
    await app?.close();
    await database?.drop();
  });

  test('there are fourteen queries, and a batch computation of each', async () => {
    const names = (await queries()).map(({ name }) => name);
    assert.equal(names.length, 14);
    assert.deepEqual(names.toSorted(), Object.keys(BATCH_QUERIES).toSorted());
  });

  test('events were late, refused and repeated, so that the rules count', () => {
    assert.ok(night.inTime(1).length < night.inTime(15).length);
    assert.ok(night.inTime(15).length < 6_000);
  });

  const queries = async () =>
    Promise.all((JSON.parse((await app.get('/api/queries')).text) as unknown[]).map((each) => each as QueryInfo));

  /** Time ranges: of the standard, the whole night, odd ones, one before and one after everything. */
  const ranges = (): readonly { readonly from: number; readonly to: number }[] => {
    const newest = night.newestMinute + MINUTE;
    return [
      { from: newest - HOUR, to: newest },
      { from: start - HOUR, to: newest + HOUR },
      { from: start + 37 * MINUTE + 12_345, to: start + 98 * MINUTE + 1 },
      { from: start + 61 * MINUTE, to: start + 61 * MINUTE + 1 },
      { from: start - 10 * HOUR, to: start - 5 * HOUR },
      { from: newest + 5 * HOUR, to: newest + 6 * HOUR },
    ];
  };
  const CHOICES = {
    region: ['Asia', "'; DROP TABLE x; --"],
    gift_type: ['toys', '%'],
    city: [CITIES[0]!.name, 'São Paulo', '" OR 1=1'],
    limit: [7],
  };

  for (const name of Object.keys(BATCH_QUERIES))
    test(name, async () => {
      const { parameters, chart } = (await queries()).find((query) => query.name === name)!;
      for (const [i, range] of ranges().entries()) {
        const choices: readonly Partial<BatchAsked>[] = [
          {},
          ...Object.entries(CHOICES).flatMap(([parameter, values]) =>
            i < 3 && parameters.some((known) => known === parameter)
              ? values.map((value) => ({ [parameter]: value }))
              : [],
          ),
        ];
        for (const choice of choices) {
          const asked = { ...range, ...choice };
          const answer = await app.read(QueryResult, `/api/queries/${name}`, {
            ...choice,
            from: new Date(range.from).toISOString(),
            to: new Date(range.to).toISOString(),
          });
          const columns = answer.columns.map((column) => column.name);
          const batch = BATCH_QUERIES[name]!(night, asked).map((row) => only(row, columns));
          assertAlike(answer.rows as BatchRow[], batch, `${name} ${JSON.stringify(asked)}`);
          const before = BATCH_QUERIES[name]!(night, { ...asked, from: 2 * asked.from - asked.to, to: asked.from });
          assertHeadline(answer, batch, before, name);
          for (const column of [chart.x, chart.series, ...chart.y])
            assert.ok(column === null || columns.includes(column));
        }
      }
    });

  test('a value that is no number of a rate is null, and no query is empty where there are events', async () => {
    for (const { name } of await queries()) {
      const { rows } = await app.read(QueryResult, `/api/queries/${name}`);
      assert.ok(rows.length > 0, name);
    }
  });

  test('without a time range it is the hour of event time that ends with the newest minute', async () => {
    const { parameters, values, sql } = await app.read(QueryResult, '/api/queries/deliveries-by-region');
    const to = night.newestMinute + MINUTE;
    assert.equal(parameters.from, new Date(to - HOUR).toISOString());
    assert.equal(parameters.to, new Date(to).toISOString());
    assert.deepEqual(values, [parameters.from, parameters.to, null]);
    assert.match(sql, /\$3/);
  });

  test('the SQL on show, run with the values on show, gives the rows', async () => {
    for (const { name } of await queries()) {
      const { sql, values, rows } = await app.read(QueryResult, `/api/queries/${name}`);
      assert.equal((await app.parts.reader.query(sql, values)).length, rows.length, name);
    }
  });

  for (const minutes of [5, 7, 60, 240, 1_440])
    test(`the overview of ${minutes} minutes`, async () => {
      const overview = await app.read(Overview, '/api/overview', { minutes });
      const { asOf: _, ...shown } = overview;
      assertAlike(shown, batchOverview(night, minutes), `overview ${minutes}`);
    });

  test('the live channel has the overview of an hour, and none of other pipelines', async () => {
    const channel = app.feature.channels.find(({ name }) => name === 'overview')!;
    const { asOf: _, ...live } = (await channel.read('santa-deliveries')) as Overview;
    assertAlike(live, batchOverview(night, 60), 'live');
    assert.equal(await channel.read('orders-streaming'), null);
  });
});

/** The number of a card, for those whose meaning the batch rows say. */
function assertHeadline(
  { headline }: QueryResult,
  rows: readonly BatchRow[],
  before: readonly BatchRow[],
  name: string,
): void {
  const of = HEADLINES[name]!;
  assertAlike([headline?.value ?? null, headline?.before ?? null], of(rows, before), `the headline of ${name}`);
}

type Pair = readonly [value: number | null, before: number | null];
type HeadlineOf = (rows: readonly BatchRow[], before: readonly BatchRow[]) => Pair;

const summed = (rows: readonly BatchRow[], column: string): number =>
  rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
const both =
  (of: (rows: readonly BatchRow[]) => number | null): HeadlineOf =>
  (rows, before) => [of(rows), of(before)];
const per = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const sumOf = (column: string): HeadlineOf => both((rows) => summed(rows, column));
/** Of the first city, and what the same one had before. */
const ofFirst =
  (column: string, none: number | null, noneBefore: number | null): HeadlineOf =>
  (rows, before) => {
    const [best] = rows;
    const then = before.find(
      ({ city, country }) => best !== undefined && city === best.city && country === best.country,
    );
    return [best === undefined ? none : Number(best[column]), then === undefined ? noneBefore : Number(then[column])];
  };

const HEADLINES: Readonly<Record<string, HeadlineOf>> = {
  'delivery-kpis': sumOf('delivered'),
  'deliveries-per-minute': sumOf('delivered'),
  'success-and-delay-rate': both((rows) =>
    per(summed(rows, 'delivered'), summed(rows, 'delivered') + summed(rows, 'delayed')),
  ),
  'deliveries-by-region': sumOf('delivered'),
  'region-trend': sumOf('delivered'),
  'gift-types': sumOf('gifts'),
  'gift-type-trend': sumOf('gifts'),
  'top-cities': ofFirst('gifts', null, null),
  'city-history': sumOf('gifts'),
  'night-progress': both((rows) => (rows.length === 0 ? null : Number(rows.at(-1)!.total_delivered))),
  'weather-breakdown': both((rows) => {
    const bad = rows.filter(({ weather }) => weather === 'storm' || weather === 'blizzard');
    return per(summed(bad, 'delayed'), summed(bad, 'events'));
  }),
  'progress-by-time-zone': both((rows) => rows.filter(({ delivered }) => Number(delivered) > 0).length),
  'delay-hotspots': ofFirst('delayed', 0, 0),
  'travel-times': both((rows) => per(summed(rows, 'minutes'), summed(rows, 'timed'))),
};

/** Deep equality; doubles may differ in their last digits, as sums depend on their order. */
function assertAlike(actual: unknown, expected: unknown, where: string): void {
  if (typeof actual === 'number' && typeof expected === 'number') {
    const close = Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(actual), Math.abs(expected));
    assert.ok(close, `${where}: ${actual}, and by the batch ${expected}`);
  } else if (actual !== null && expected !== null && typeof actual === 'object' && typeof expected === 'object') {
    assert.deepEqual(Object.keys(actual).toSorted(), Object.keys(expected).toSorted(), where);
    for (const [key, value] of Object.entries(actual))
      assertAlike(value, (expected as Record<string, unknown>)[key], `${where} ${key}`);
  } else assert.equal(actual, expected, where);
}

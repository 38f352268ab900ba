import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPipeline } from '@medallion/testkit';
import fc from 'fast-check';
import santa, { byRegion, silver, summary } from './pipeline.ts';
import { type Delivery, deliveryAt } from './test/deliveries.ts';

const TOPIC = 'santa.deliveries.raw';
const REGIONS = ['Asia', 'Europe', 'Oceania'] as const;
const STATUSES = ['en_route', 'delivered', 'delayed'] as const;

type Drawn = {
  readonly second: number;
  readonly region: (typeof REGIONS)[number];
  readonly status: (typeof STATUSES)[number];
  readonly gifts: number;
  readonly repeated: boolean;
};
// Within five minutes no window is closed before the last event, so nothing is late in any order.
const drawn = fc.array(
  fc.record({
    second: fc.integer({ min: 0, max: 299 }),
    region: fc.constantFrom(...REGIONS),
    status: fc.constantFrom(...STATUSES),
    gifts: fc.integer({ min: -1, max: 9 }),
    repeated: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

const eventOf = ({ second, region, status, gifts }: Drawn, i: number): Delivery =>
  deliveryAt(`e${i}`, `11:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}.000`, {
    ...{ delivery_id: `d${i % 7}`, region, status, gift_count: gifts },
  });

/** The measures of a group, counted one by one. */
const measures = (of: readonly Drawn[]) => {
  const delivered = of.filter(({ status }) => status === 'delivered');
  const delayed = of.filter(({ status }) => status === 'delayed').length;
  const rate = delivered.length + delayed === 0 ? null : delivered.length / (delivered.length + delayed);
  return [of.length, delivered.length, delayed, delivered.reduce((sum, { gifts }) => sum + gifts, 0), rate];
};
const measured = (row: {
  events: number;
  delivered_count: number;
  delayed_count: number;
  gifts_delivered: number;
  success_rate: number | null;
}) => [row.events, row.delivered_count, row.delayed_count, row.gifts_delivered, row.success_rate];

test('in whatever order, batches and repetition events come, gold is what counting them one by one gives', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, fc.infiniteStream(fc.nat()), fc.integer({ min: 3, max: 40 }), async (all, dice, size) => {
      const sent = all
        .flatMap((each, i) => (each.repeated ? [eventOf(each, i), eventOf(each, i)] : [eventOf(each, i)]))
        .map((event) => [dice.next().value, event] as const)
        .sort(([a], [b]) => (a as number) - (b as number))
        .map(([, event]) => event);
      const world = testPipeline(santa);
      for (let i = 0; i < sent.length; i += size) {
        await world.given(TOPIC, sent.slice(i, i + size));
        await world.run();
      }
      const valid = all.filter(({ gifts }) => gifts > 0);
      assert.equal((await world.rows(silver)).length, valid.length);
      const byMinute = Map.groupBy(valid, ({ second }) => Math.floor(second / 60));
      assert.deepEqual(
        (await world.rows(summary)).map(measured),
        [...byMinute].sort(([a], [b]) => a - b).map(([, of]) => measures(of)),
      );
      const regions = new Map((await world.rows(byRegion)).map((row) => [row.region, measured(row)]));
      const expected = Map.groupBy(valid, ({ region }) => region);
      assert.deepEqual(regions, new Map([...expected].map(([region, of]) => [region, measures(of)])));
    }),
    { numRuns: 15 },
  );
});

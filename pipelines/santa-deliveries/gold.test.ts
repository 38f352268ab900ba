import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPipeline } from '@medallion/testkit';
import santa, { byGiftType, byRegion, overallProgress, silver, summary, topCities } from './pipeline.ts';
import { at, type Delivery, deliveryAt } from './test/deliveries.ts';

const TOPIC = 'santa.deliveries.raw';
const given = (events: readonly Delivery[]) => testPipeline(santa, { partitions: 1 }).given(TOPIC, events);
const FIVE = [
  deliveryAt('a', '11:00:00.000', { status: 'delivered', gift_count: 3, delivery_time_minutes: 10, distance_km: 20 }),
  deliveryAt('b', '11:00:30.000', { status: 'delayed', gift_count: 5, delivery_time_minutes: 40, distance_km: 20 }),
  deliveryAt('c', '11:00:59.999', { status: 'en_route', gift_count: 7, delivery_time_minutes: null, weather: 'snow' }),
  deliveryAt('d', '11:00:59.999', { status: 'delivered', gift_count: 1, delivery_time_minutes: 26, weather: 'snow' }),
  deliveryAt('e', '11:01:00.000', { status: 'en_route', city: 'Turku' }),
];

test('a minute holds its first millisecond and not the next minute’s, with the common measures', async () => {
  const world = await given(FIVE);
  const [first, second] = await world.rows(summary);
  const { is_final: _, ...measures } = first as NonNullable<typeof first> & { is_final: boolean };
  assert.deepEqual(measures, {
    window_start: at('11:00:00'),
    window_end: at('11:01:00'),
    events: 4,
    delivered_count: 2,
    delayed_count: 1,
    en_route_count: 1,
    gifts_delivered: 4,
    // Of those with a time: 10, 40 and 26; in snow a delivery takes 1.3 times as long.
    avg_delivery_time_minutes: 76 / 3,
    avg_adjusted_delivery_time_minutes: 70 / 3,
    avg_effective_speed_kmh: (20 / (10 / 60) + 20 / (40 / 60) + 30 / (26 / 60)) / 3,
    active_cities: 1,
    success_rate: 2 / 3,
    delay_rate: 1 / 3,
  });
  assert.deepEqual([second?.window_start, second?.events], [at('11:01:00'), 1]);
});

test('a minute in which nothing was delivered or delayed has no rates, and gifts that are zero', async () => {
  const [, second] = await (await given(FIVE)).rows(summary);
  assert.deepEqual([second?.success_rate, second?.delay_rate, second?.gifts_delivered], [null, null, 0]);
});

test('active cities are counted once each', async () => {
  const cities = ['Oslo', 'Bergen', 'Oslo', 'Bergen', 'Tromsø', null];
  const world = await given(cities.map((city, i) => deliveryAt(`e${i}`, '11:00:00', { city })));
  assert.equal((await world.rows(summary))[0]?.active_cities, 3);
});

test('regions are apart, with their countries and mean place; no region is one of its own', async () => {
  const world = await given([
    deliveryAt('a', '11:00:00', { region: 'Asia', country: 'Japan', latitude: 30, longitude: 140 }),
    deliveryAt('b', '11:04:59.999', { region: 'Asia', country: 'India', latitude: 10, longitude: 80 }),
    deliveryAt('c', '11:04:59.999', { region: 'Asia', country: 'India', latitude: 20, longitude: 80 }),
    deliveryAt('d', '11:01:00', { region: 'Europe', country: 'Norway' }),
    deliveryAt('e', '11:01:00', { region: null }),
    deliveryAt('f', '11:05:00', { region: 'Asia' }),
  ]);
  const rows = (await world.rows(byRegion)).map((row) => [
    ...[row.window_start, row.region, row.events, row.countries, row.mean_latitude, row.mean_longitude],
  ]);
  const start = at('11:00:00');
  assert.deepEqual(
    new Set(rows),
    new Set([
      [start, 'Asia', 3, 2, 20, 100],
      [start, 'Europe', 1, 1, 60, 25],
      [start, null, 1, 1, 60, 25],
      [at('11:05:00'), 'Asia', 1, 1, 60, 25],
    ]),
  );
});

test('gift types are apart, with the shortest and the longest delivery', async () => {
  const gift = (id: string, gift_type: string, delivery_time_minutes: number | null) =>
    deliveryAt(id, '11:00:00', { gift_type, delivery_time_minutes });
  const world = await given([
    ...[gift('a', 'toys', 12), gift('b', 'toys', 3.5), gift('c', 'toys', null), gift('d', 'toys', 99)],
    gift('e', 'books', null),
  ]);
  const rows = (await world.rows(byGiftType)).map((row) => [
    ...[row.gift_type, row.events, row.min_delivery_time_minutes, row.max_delivery_time_minutes],
  ]);
  assert.deepEqual(
    new Set(rows),
    new Set([
      ['toys', 4, 3.5, 99],
      ['books', 1, null, null],
    ]),
  );
});

test('totals are those of all windows up to each one, also when an earlier one grows later', async () => {
  const world = await given([
    deliveryAt('a', '11:05:00', { gift_count: 4 }),
    deliveryAt('b', '11:10:00', { gift_count: 2 }),
    deliveryAt('c', '11:20:00', { status: 'delayed' }),
  ]);
  const totals = async () =>
    (await world.rows(overallProgress)).map((row) => [
      ...[row.events, row.total_events, row.total_delivered, row.total_delayed, row.total_gifts_delivered],
    ]);
  const [first, second, third] = [
    [1, 1, 1, 0, 4],
    [1, 2, 2, 0, 6],
    [1, 3, 2, 1, 6],
  ];
  assert.deepEqual(await totals(), [first, second, third]);
  await world.given(TOPIC, [deliveryAt('d', '11:16:00', { gift_count: 10 })]);
  assert.deepEqual(await totals(), [first, [2, 3, 3, 0, 16], [1, 4, 3, 1, 16]]);
});

test('each weather is counted by itself, and what is delayed in it', async () => {
  const world = await given([
    deliveryAt('a', '11:00:00', { weather: 'storm', status: 'delayed' }),
    deliveryAt('b', '11:00:00', { weather: 'storm' }),
    deliveryAt('c', '11:00:00', { weather: 'rain' }),
    deliveryAt('d', '11:00:00', { weather: 'hail', status: 'delayed' }),
    deliveryAt('e', '11:00:00', { weather: null }),
  ]);
  const [row] = await world.rows(overallProgress);
  assert.deepEqual(
    [row?.events, row?.events_storm, row?.delayed_storm, row?.events_rain, row?.delayed_rain, row?.events_snow],
    [5, 2, 1, 1, 0, 0],
  );
});

test('cities are ranked within a quarter of an hour, equals share a rank', async () => {
  const of = (city: string, gifts: readonly number[], time = '11:00:00') =>
    gifts.map((gift_count, i) => deliveryAt(`${city}${i}${time}`, time, { city, gift_count }));
  const world = await given([
    ...of('Rome', [1, 1, 1]),
    ...of('Lima', [9]),
    ...of('Oslo', [3]),
    ...of('Cairo', [2], '11:14:59.999'),
    ...of('Oslo', [100], '11:15:00'),
  ]);
  const rows = (await world.rows(topCities)).map((row) => [
    ...[row.window_start, row.city, row.gifts_delivered, row.rank_by_gifts, row.rank_by_volume],
  ]);
  const [first, next] = [at('11:00:00'), at('11:15:00')];
  assert.deepEqual(
    new Set(rows),
    new Set([
      [first, 'Lima', 9, 1, 2],
      [first, 'Rome', 3, 2, 1],
      [first, 'Oslo', 3, 2, 2],
      [first, 'Cairo', 2, 4, 2],
      [next, 'Oslo', 100, 1, 1],
    ]),
  );
});

test('a row is late only for the windows that the watermark has passed, and counts in the others', async () => {
  // The watermark stands at 11:05 after the first event.
  const world = await given([
    deliveryAt('a', '11:10:00.000'),
    deliveryAt('b', '11:04:59.999'),
    deliveryAt('c', '11:05:00.000'),
  ]);
  assert.equal((await world.rows(silver)).length, 3, 'silver takes all');
  const events = async (view: typeof summary | typeof byRegion | typeof overallProgress | typeof topCities) =>
    (await world.rows<{ events: number }>(view.name)).reduce((sum, row) => sum + row.events, 0);
  assert.deepEqual(
    [await events(summary), await events(byRegion), await events(overallProgress), await events(topCities)],
    [2, 2, 3, 3],
  );
  const late = [...(await world.late(summary)), ...(await world.late(byRegion)), ...(await world.late(topCities))];
  assert.deepEqual(
    late.map(({ view, offset, windowEnd, watermark, latenessMs }) => [view, offset, windowEnd, watermark, latenessMs]),
    [summary, byRegion].map(({ name }) => [name, 1, at('11:05:00'), at('11:05:00'), 1]),
  );
});

test('a window is final once the watermark has passed it in every partition', async () => {
  const world = testPipeline(santa, { partitions: 2 });
  const finals = async () =>
    (await world.rows<{ window_start: number; is_final: boolean }>(summary.name))
      .filter(({ is_final }) => is_final)
      .map(({ window_start }) => window_start);
  await world.given(TOPIC, [deliveryAt('a', '11:00:00'), deliveryAt('b', '11:06:00')], { partition: 0 });
  await world.given(TOPIC, [deliveryAt('c', '11:05:59.999')], { partition: 1 });
  assert.deepEqual(await finals(), []);
  await world.given(TOPIC, [deliveryAt('d', '11:06:00')], { partition: 1 });
  assert.deepEqual(await finals(), [at('11:00:00')]);
});

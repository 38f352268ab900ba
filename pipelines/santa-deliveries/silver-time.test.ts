import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes } from '@medallion/pipeline';
import { testPipeline } from '@medallion/testkit';
import santa, { bronze, silver } from './pipeline.ts';
import { at, type Delivery, delivery, deliveryAt } from './test/deliveries.ts';

const TOPIC = 'santa.deliveries.raw';
const given = (events: readonly Delivery[]) => testPipeline(santa, { partitions: 1 }).given(TOPIC, events);
const outcomes = (rows: readonly { readonly outcome: string; readonly offset: number }[]) =>
  rows.map(({ outcome, offset }) => [offset, outcome]);

test('a duplicate within ten minutes of event time is dropped to quarantine, the tenth minute included', async () => {
  const world = await given([
    deliveryAt('a', '11:00:00.000'),
    deliveryAt('b', '11:10:00.000'),
    deliveryAt('a', '11:00:00.000'),
    deliveryAt('b', '11:10:00.000', { status: 'lost' }),
  ]);
  assert.deepEqual((await world.rows(silver)).map(({ event_id }) => event_id).sort(), ['a', 'b']);
  assert.deepEqual(outcomes(await world.quarantine(silver)), [
    [2, 'duplicate'],
    [3, 'violation'],
  ]);
});

test('an event is forgotten once ten minutes of event time have passed it', async () => {
  const world = await given([
    deliveryAt('a', '11:00:00.000'),
    deliveryAt('b', '11:10:00.001'),
    deliveryAt('a', '11:00:00.000'),
  ]);
  assert.equal((await world.rows(silver)).length, 3);
});

test('events without an id are no duplicates of one another', async () => {
  const world = await given([delivery('x', { event_id: null }), delivery('x', { event_id: null })]);
  assert.equal((await world.rows(silver)).length, 2);
});

test('an event that was refused is no duplicate when it comes again in good order', async () => {
  const world = await given([delivery('a', { gift_count: 0 }), delivery('a')]);
  assert.equal((await world.rows(silver)).length, 1);
});

test('a duplicate is found in a later run too', async () => {
  const world = await given([delivery('a')]);
  assert.equal((await world.rows(silver)).length, 1);
  await world.given(TOPIC, [delivery('a'), delivery('b')]);
  assert.equal((await world.rows(silver)).length, 2);
});

test('an event more than an hour ahead of the clock is not believed, one of exactly an hour is', async () => {
  const world = await given([deliveryAt('a', '13:00:00.001'), deliveryAt('b', '13:00:00.000')]);
  assert.deepEqual(outcomes(await world.quarantine(silver)), [[0, 'future']]);
  assert.equal((await world.rows(silver)).length, 1);
  world.clock.advance(minutes(1));
  await world.given(TOPIC, [deliveryAt('a', '13:00:00.001')]);
  assert.equal((await world.rows(silver)).length, 2);
});

test('silver says when a delivery was, how fast, and in which weather', async () => {
  const world = await given([
    deliveryAt('a', '11:07:09.500', { weather: 'storm', distance_km: 12, delivery_time_minutes: 8, status: 'delayed' }),
  ]);
  const [row] = await world.rows(silver);
  assert.deepEqual(
    [row?.timestamp, row?.delivery_timestamp, row?.delivery_date, row?.delivery_hour, row?.delivery_minute],
    [at('11:07:09.500'), at('11:07:09.500'), 20_446, 11, 7],
  );
  assert.deepEqual([row?.is_delivered, row?.is_delayed], [false, true]);
  assert.deepEqual(
    [row?.effective_speed_kmh, row?.weather_impact_factor, row?.adjusted_delivery_time_minutes],
    [12 / (8 / 60), 1.6, 5],
  );
});

test('a time of another zone is the same instant, and the day is that of UTC', async () => {
  const world = await given([delivery('a', { timestamp: '2025-12-24T00:30:00+02:00' })]);
  const [row] = await world.rows(silver);
  assert.deepEqual([row?.delivery_date, row?.delivery_hour, row?.delivery_minute], [20_445, 22, 30]);
});

test('bronze keeps what arrived, when it did and from where, in Postgres too', async () => {
  const world = testPipeline(santa);
  await world.given(TOPIC, [delivery('a', { latitude: 'north', color: 'red' })], { partition: 1 });
  const [row] = await world.rows(bronze);
  assert.deepEqual([row?.timestamp, row?.latitude], ['2025-12-24T11:00:00.000Z', null]);
  assert.deepEqual(JSON.parse(row?._rescued_data as string), { latitude: 'north', color: 'red' });
  assert.deepEqual([row?.ingestion_timestamp, row?.ingestion_date], [at('12:00:00'), 20_446]);
  assert.deepEqual([row?.source_topic, row?.source_partition, row?.source_offset], [TOPIC, 1, 0]);
  assert.deepEqual(await world.copy(bronze), [row]);
});

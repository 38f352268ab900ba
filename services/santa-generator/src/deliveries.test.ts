import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_IN_FLIGHT } from './deliveries.ts';
import type { Delivery, Status } from './delivery.ts';
import { generate, timeOf } from './test-support.ts';

const byDelivery = (events: readonly (Delivery | null)[]): Map<string, Delivery[]> =>
  Map.groupBy(
    events.filter((event) => event !== null),
    (event) => event.delivery_id,
  );
const story = (events: readonly Delivery[]): string => events.map((event) => event.status).join(' → ');

test('a delivery is en route, then delivered, or delayed and then delivered, later each time', () => {
  const records = generate(20_000, { quality: 'clean', underWay: false });
  const stories = new Map<string, number>();
  for (const events of byDelivery(records.map((record) => record.event)).values()) {
    stories.set(story(events), (stories.get(story(events)) ?? 0) + 1);
    for (const [i, event] of events.entries()) {
      assert.equal(event.event_id, `${event.delivery_id}-${i + 1}`);
      assert.deepEqual(
        [event.city, event.gift_type, event.gift_count, event.sleigh_id, event.distance_km, event.route_variant],
        [
          events[0]!.city,
          events[0]!.gift_type,
          events[0]!.gift_count,
          events[0]!.sleigh_id,
          events[0]!.distance_km,
          events[0]!.route_variant,
        ],
      );
      if (i > 0) assert.ok(timeOf(event) > timeOf(events[i - 1]!));
    }
  }
  const allowed = ['en_route', 'en_route → delivered', 'en_route → delayed', 'en_route → delayed → delivered'];
  assert.deepEqual([...stories.keys()].sort(), allowed.sort());
  const told = stories.get('en_route → delivered')! + stories.get('en_route → delayed → delivered')!;
  assert.ok(told > 5_000, 'most deliveries that began have ended');
});

test('also late and out-of-order events of a delivery are in order by their event time', () => {
  const records = generate(20_000, { rates: { late: 0.1, out_of_order: 0.1 }, underWay: false });
  const order: Status[] = ['en_route', 'delayed', 'delivered'];
  for (const events of byDelivery(records.filter((r) => r.kind !== 'duplicate').map((r) => r.event)).values()) {
    const sorted = events.toSorted((a, b) => timeOf(a) - timeOf(b) || a.event_id.localeCompare(b.event_id));
    for (const [i, event] of sorted.entries()) {
      if (i > 0) assert.ok(order.indexOf(event.status) > order.indexOf(sorted[i - 1]!.status), story(sorted));
    }
  }
});

test('delivered events tell what the delivery took', () => {
  const records = generate(20_000, { quality: 'clean', underWay: false });
  for (const events of byDelivery(records.map((record) => record.event)).values()) {
    const last = events.at(-1)!;
    if (last.status !== 'delivered') continue;
    const minutes = (timeOf(last) - timeOf(events[0]!)) / 60_000;
    assert.ok(Math.abs(minutes - last.delivery_time_minutes) < 2, `${minutes} and ${last.delivery_time_minutes}`);
  }
});

test('a night under way has arrivals from the first minute on', () => {
  const statuses = generate(600, { quality: 'clean' }).map((record) => record.event?.status);
  for (const burst of [statuses.slice(0, 50), statuses.slice(50, 100), statuses.slice(100)]) {
    const delivered = burst.filter((status) => status === 'delivered').length / burst.length;
    assert.ok(delivered > 0.2 && delivered < 0.7, `${delivered}`);
  }
});

test('times and distances are positive and plausible', () => {
  for (const { event } of generate(20_000, { quality: 'clean' })) {
    assert.ok(event !== null);
    assert.ok(event.distance_km >= 2 && event.distance_km < 20_100, `${event.distance_km} km`);
    const most = event.status === 'en_route' ? 90 : 500;
    assert.ok(
      event.delivery_time_minutes > 0.5 && event.delivery_time_minutes < most,
      `${event.delivery_time_minutes}`,
    );
  }
});

test('severe weather delays more, and makes the way longer', () => {
  const events = generate(60_000, { quality: 'clean', speed: 10 }).map((record) => record.event!);
  const of = (weathers: string[]) => {
    const arrived = events.filter((e) => weathers.includes(e.weather) && e.status !== 'en_route');
    const left = events.filter((e) => weathers.includes(e.weather) && e.status === 'en_route');
    return {
      delayed: arrived.filter((e) => e.status === 'delayed').length / arrived.length,
      perKm:
        left.reduce((sum, e) => sum + e.delivery_time_minutes, 0) / left.reduce((sum, e) => sum + e.distance_km, 0),
    };
  };
  const [calm, severe] = [of(['clear', 'cloudy']), of(['storm', 'blizzard'])];
  assert.ok(severe.delayed > 3 * calm.delayed, `${severe.delayed} and ${calm.delayed}`);
  assert.ok(severe.perKm > 1.3 * calm.perKm, `${severe.perKm} and ${calm.perKm}`);
});

test('a rate beyond all sleighs still tells of arrivals, and keeps no more than the bound under way', () => {
  const records = generate(1.5 * MAX_IN_FLIGHT, { ratePerSecond: 1_000_000, quality: 'clean', underWay: false });
  const begun = records.filter((record) => record.event?.status === 'en_route').length;
  const ended = records.filter((record) => record.event?.status === 'delivered').length;
  assert.ok(begun - ended <= MAX_IN_FLIGHT && ended > MAX_IN_FLIGHT / 5);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../api/contract.ts';
import { choices, filterDeliveries, KEPT, mergeDeliveries } from './deliveries.ts';

const delivery = (id: number, more: Partial<Delivery> = {}): Delivery => ({
  id: `0:${id}`,
  deliveryId: `D-${id}`,
  at: null,
  arrivedAt: new Date(id * 1_000).toISOString(),
  city: 'Oslo',
  country: 'Norway',
  region: 'Europe',
  giftType: 'toys',
  gifts: 1,
  status: 'delivered',
  weather: 'snow',
  ...more,
});
const ids = (list: readonly Delivery[]): readonly string[] => list.map((each) => each.id);
const ALL = { region: '', status: '', giftType: '', text: '' };

test('new deliveries come first, and each is there once', () => {
  const shown = { deliveries: [delivery(2), delivery(1)], skipped: 0 };
  const merged = mergeDeliveries(shown, { deliveries: [delivery(3), delivery(2)], skipped: 4 });
  assert.deepEqual(ids(merged.deliveries), ['0:3', '0:2', '0:1']);
  assert.equal(merged.skipped, 4);
});

test('a message that is known already changes nothing, so that nothing is drawn anew', () => {
  const shown = { deliveries: [delivery(1)], skipped: 0 };
  assert.equal(mergeDeliveries(shown, { deliveries: [delivery(1)], skipped: 0 }), shown);
});

test('a stream that is open all night stays bounded, and keeps the newest', () => {
  let shown = { deliveries: [delivery(0)], skipped: 0 };
  for (let id = 1; id <= KEPT + 50; id += 10)
    shown = mergeDeliveries(shown, { deliveries: Array.from({ length: 10 }, (_, i) => delivery(id + i)), skipped: 0 });
  assert.equal(shown.deliveries.length, KEPT);
  assert.equal(shown.deliveries[0]?.id, `0:${KEPT + 50}`);
});

test('filters fit together, and text is looked for in city, country, weather and id, in any case', () => {
  const list = [
    delivery(1),
    delivery(2, { status: 'delayed', city: 'Rome', country: 'Italy' }),
    delivery(3, { region: 'Asia', city: null }),
    delivery(4, { giftType: 'books' }),
  ];
  assert.deepEqual(ids(filterDeliveries(list, ALL)), ['0:1', '0:2', '0:3', '0:4']);
  assert.deepEqual(ids(filterDeliveries(list, { ...ALL, region: 'Asia' })), ['0:3']);
  assert.deepEqual(ids(filterDeliveries(list, { ...ALL, status: 'delayed' })), ['0:2']);
  assert.deepEqual(ids(filterDeliveries(list, { ...ALL, giftType: 'books' })), ['0:4']);
  assert.deepEqual(ids(filterDeliveries(list, { ...ALL, text: ' ITAL' })), ['0:2']);
  assert.deepEqual(ids(filterDeliveries(list, { ...ALL, text: 'd-3' })), ['0:3']);
  assert.deepEqual(ids(filterDeliveries(list, { ...ALL, region: 'Europe', status: 'delivered', text: 'oslo' })), [
    '0:1',
    '0:4',
  ]);
});

test('choices are what was seen, each once and in order', () => {
  const list = [delivery(1), delivery(2, { region: 'Asia' }), delivery(3, { region: null }), delivery(4)];
  assert.deepEqual(choices(list, 'region'), ['Asia', 'Europe']);
});

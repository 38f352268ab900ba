import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant } from '@medallion/core';
import { midnightOf, nightOf, zoneOf, zonesOf } from './zones.ts';

const at = (text: string): Instant => instant(Date.parse(text));

test('an hour of solar time is 15 degrees', () => {
  const zones = [0, 7.4, 7.6, -7.4, -7.6, 139.65, -118.24, 179.9, -179.9].map(zoneOf);
  assert.deepEqual(zones, [0, 0, 1, 0, -1, 9, -8, 12, -12]);
  assert.ok(!zones.some((zone) => Object.is(zone, -0)));
});

test('a zone is before its night until nine in the evening, and after it from four in the morning on', () => {
  const tokyo = (time: string) => nightOf(9, at(time));
  assert.equal(tokyo('2025-12-24T11:59:59.999Z'), 'before');
  assert.equal(tokyo('2025-12-24T12:00:00Z'), 'during');
  assert.equal(tokyo('2025-12-24T18:59:59.999Z'), 'during');
  assert.equal(tokyo('2025-12-24T19:00:00Z'), 'after');
});

test('at Christmas the night of every zone is that between the 24th and the 25th', () => {
  for (let zone = -12; zone <= 12; zone++) {
    assert.equal(nightOf(zone, at('2025-12-24T08:59:59Z')) !== 'during' || zone < 12, true);
    assert.equal(nightOf(zone, instant(Date.UTC(2025, 11, 25) - zone * 3_600_000)), 'during', `midnight in ${zone}`);
  }
  // The far west waits when the far east begins, and the east is done when the west is at it.
  assert.deepEqual(
    [nightOf(12, at('2025-12-24T10:00:00Z')), nightOf(-8, at('2025-12-24T10:00:00Z'))],
    ['during', 'before'],
  );
  assert.deepEqual(
    [nightOf(12, at('2025-12-25T08:00:00Z')), nightOf(-8, at('2025-12-25T08:00:00Z'))],
    ['after', 'during'],
  );
});

test('at other times it is the nearest night', () => {
  assert.equal(midnightOf(at('2025-06-10T11:59:00Z')), at('2025-06-10T00:00:00Z'));
  assert.equal(midnightOf(at('2025-06-10T12:01:00Z')), at('2025-06-11T00:00:00Z'));
});

test('zones go from east to west and add up their cities', () => {
  const city = (name: string, longitude: number, events: number) => ({
    ...{ city: name, country: '', latitude: 0, longitude, events, delivered: events, delayed: 0, gifts: 2 * events },
    ...{ successRate: 1, delayRate: 0, rankByGifts: 1, rankByVolume: 1 },
  });
  const zones = zonesOf(
    [city('Oslo', 10.7, 1), city('Rome', 12.5, 2), city('Tokyo', 139.7, 4), city('Accra', -0.2, 8)],
    at('2025-12-24T22:00:00Z'),
  );
  assert.deepEqual(
    zones.map(({ zone, cities, events, gifts, state }) => [zone, cities, events, gifts, state]),
    [
      ['UTC+9', ['Tokyo'], 4, 8, 'after'],
      ['UTC+1', ['Oslo', 'Rome'], 3, 6, 'during'],
      ['UTC', ['Accra'], 8, 16, 'during'],
    ],
  );
});

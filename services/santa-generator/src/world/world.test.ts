import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant } from '@medallion/core';
import fc from 'fast-check';
import { REGIONS, WEATHERS, type Weather } from '../delivery.ts';
import { createRandom } from '../random.ts';
import { CHRISTMAS, generate } from '../test-support.ts';
import { CITIES, type City } from './cities.ts';
import { greatCircleKm } from './great-circle.ts';
import { cityWeight, createNight } from './night.ts';
import { createSky } from './weather.ts';

const HOUR_MS = 3_600_000;
const cityNamed = (name: string): City => CITIES.find((city) => city.name === name)!;

test('there are 40 cities and more in all six regions, each with a name of its own', () => {
  assert.ok(CITIES.length >= 40);
  assert.equal(new Set(CITIES.map((city) => city.name)).size, CITIES.length);
  for (const region of REGIONS) assert.ok(CITIES.filter((city) => city.region === region).length >= 7, region);
});

test('coordinates are on the globe, and populations are positive', () => {
  for (const { latitude, longitude, population } of CITIES) {
    assert.ok(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && population > 0);
  }
});

test('clocks are near the sun: no city is more than four hours off its longitude', () => {
  for (const { name, longitude, utcOffset } of CITIES) {
    const off = Math.abs(((utcOffset - longitude / 15 + 36) % 24) - 12);
    assert.ok(off <= 4, `${name}: ${off}`);
  }
});

test('clocks show what the time zone database says for Christmas', () => {
  const zones: Record<string, string> = {
    Cairo: 'Africa/Cairo',
    Lagos: 'Africa/Lagos',
    Casablanca: 'Africa/Casablanca',
    Antananarivo: 'Indian/Antananarivo',
    Tokyo: 'Asia/Tokyo',
    Shanghai: 'Asia/Shanghai',
    Kathmandu: 'Asia/Kathmandu',
    Mumbai: 'Asia/Kolkata',
    Tehran: 'Asia/Tehran',
    Dhaka: 'Asia/Dhaka',
    Moscow: 'Europe/Moscow',
    Istanbul: 'Europe/Istanbul',
    Athens: 'Europe/Athens',
    Paris: 'Europe/Paris',
    London: 'Europe/London',
    Reykjavik: 'Atlantic/Reykjavik',
    "St. John's": 'America/St_Johns',
    'New York': 'America/New_York',
    Havana: 'America/Havana',
    'Mexico City': 'America/Mexico_City',
    Denver: 'America/Denver',
    'Los Angeles': 'America/Los_Angeles',
    Anchorage: 'America/Anchorage',
    Kiritimati: 'Pacific/Kiritimati',
    Auckland: 'Pacific/Auckland',
    Suva: 'Pacific/Fiji',
    Sydney: 'Australia/Sydney',
    Brisbane: 'Australia/Brisbane',
    Perth: 'Australia/Perth',
    Honolulu: 'Pacific/Honolulu',
    'São Paulo': 'America/Sao_Paulo',
    Santiago: 'America/Santiago',
    Montevideo: 'America/Montevideo',
    'La Paz': 'America/La_Paz',
    Caracas: 'America/Caracas',
    Lima: 'America/Lima',
    'Buenos Aires': 'America/Argentina/Buenos_Aires',
  };
  for (const [name, timeZone] of Object.entries(zones)) {
    const text = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).format(CHRISTMAS);
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])?(\d+)?:?(\d+)?/.exec(text) ?? [];
    assert.equal(cityNamed(name).utcOffset, (sign === '-' ? -1 : 1) * (Number(hours) + Number(minutes) / 60), name);
  }
});

test('great circles have their known lengths', () => {
  const km = (a: string, b: string) => greatCircleKm(cityNamed(a), cityNamed(b));
  assert.ok(Math.abs(km('Paris', 'London') - 344) < 3);
  assert.ok(Math.abs(km('New York', 'Tokyo') - 10_850) < 30);
  assert.ok(Math.abs(km('Auckland', 'Honolulu') - 7_070) < 50, 'over the date line');
  assert.equal(km('Rome', 'Rome'), 0);
});

test('a city is busiest at its midnight and least busy at its noon', () => {
  for (const city of CITIES) {
    const weights = Array.from({ length: 48 }, (_, half) =>
      cityWeight(city, instant(CHRISTMAS + (half * HOUR_MS) / 2)),
    );
    const hourOf = (half: number) => (((10 + half / 2 + city.utcOffset) % 24) + 24) % 24;
    const busiest = hourOf(weights.indexOf(Math.max(...weights)));
    const quietest = hourOf(weights.indexOf(Math.min(...weights)));
    assert.ok(Math.min(busiest, 24 - busiest) <= 0.5, `${city.name} is busiest at ${busiest}`);
    assert.ok(Math.abs(quietest - 12) <= 0.5, `${city.name} is least busy at ${quietest}`);
  }
});

test('the night moves west: the mean longitude of the deliveries falls from hour to hour', () => {
  const records = generate(12 * 6_000, {
    quality: 'clean',
    ratePerSecond: 10,
    speed: 6,
    start: instant(Date.UTC(2025, 11, 24, 14)),
  });
  // From Japan's midnight to that of Chicago; the date line is by day.
  const byHour = Map.groupBy(records, ({ dueAt }) => Math.floor((dueAt - Date.UTC(2025, 11, 24, 14)) / (3 * HOUR_MS)));
  const means = [...byHour.values()]
    .filter((hour) => hour.length > 1_000)
    .map((hour) => hour.reduce((sum, { event }) => sum + event!.longitude, 0) / hour.length);
  assert.ok(means.length >= 4);
  for (const [i, mean] of means.entries())
    if (i > 0) assert.ok(mean < means[i - 1]! - 5, means.map(Math.round).join(', '));
});

test('on any date, at any hour, no city is silent', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 4e12 }), (at) => {
      for (const city of CITIES) assert.ok(cityWeight(city, at as Instant) >= 0.01 * city.population);
      assert.ok(createNight()(at as Instant).at(-1)! > 3);
    }),
  );
});

/** A night and more: 28 hours. */
const events = generate(50_000, { quality: 'clean', speed: 20 }).map((record) => record.event!);

test('a night brings deliveries to all six regions and nearly all cities', () => {
  assert.deepEqual([...new Set(events.map((event) => event.region))].sort(), [...REGIONS]);
  assert.ok(new Set(events.map((event) => event.city)).size >= CITIES.length - 2);
  assert.equal(new Set(events.map((event) => event.gift_type)).size, 7);
  assert.equal(new Set(events.map((event) => event.weather)).size, 6);
  assert.equal(new Set(events.map((event) => event.sleigh_id)).size, 48);
});

test('regions wish for different gifts', () => {
  const share = (region: string, gift: string) => {
    const there = events.filter((event) => event.region === region);
    return there.filter((event) => event.gift_type === gift).length / there.length;
  };
  assert.ok(share('Oceania', 'bicycles') > 2 * share('Asia', 'bicycles'));
  assert.ok(share('Asia', 'electronics') > 1.8 * share('Africa', 'electronics'));
});

test('weather changes slowly, and only to what lies next to it', () => {
  const sky = createSky(createRandom(5), CHRISTMAS);
  let changes = 0;
  let before = sky.over('Europe', CHRISTMAS);
  const steps = 20_000;
  for (let step = 1; step <= steps; step++) {
    const now = sky.over('Europe', instant(CHRISTMAS + step * 300_000));
    if (now !== before) changes++;
    assert.ok(Math.abs(WEATHERS.indexOf(now) - WEATHERS.indexOf(before)) <= 1);
    before = now;
  }
  const minutesBetween = (steps * 5) / changes;
  assert.ok(minutesBetween > 10 && minutesBetween < 60, `${minutesBetween} minutes`);
});

test("in the long run a region has its climate's weather", () => {
  const sky = createSky(createRandom(6), CHRISTMAS);
  const seen = new Map<Weather, number>();
  for (let step = 0; step < 50_000; step++) {
    const weather = sky.over('North America', instant(CHRISTMAS + step * 300_000));
    seen.set(weather, (seen.get(weather) ?? 0) + 1);
  }
  const share = (weather: Weather) => (seen.get(weather) ?? 0) / 50_000;
  assert.ok(Math.abs(share('clear') - 0.22) < 0.03 && Math.abs(share('blizzard') - 0.08) < 0.02);
});

test('weather does not go back in time, nor take long over a leap of a thousand years', () => {
  const sky = createSky(createRandom(7), CHRISTMAS);
  const now = sky.over('Asia', instant(CHRISTMAS + 1_000 * 365 * 24 * HOUR_MS));
  assert.equal(sky.over('Asia', CHRISTMAS), now);
});

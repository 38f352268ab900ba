import type { Instant } from '@medallion/core';
import { CITIES, type City } from './cities.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Standard deviation of activity around local midnight: two thirds of a night's work fall between 21:00 and 03:00. */
const SPREAD_HOURS = 3;
/** Santa also leaves a few presents by day, so that no city and no hour is ever quite silent. */
const DAYTIME = 0.01;

/** How busy a city is when its clocks are `hoursFromMidnight` (−12 … 12) away from midnight: 1 at midnight. */
const activity = (hoursFromMidnight: number): number =>
  DAYTIME + (1 - DAYTIME) * Math.exp(-(hoursFromMidnight * hoursFromMidnight) / (2 * SPREAD_HOURS * SPREAD_HOURS));

/** How likely the next delivery is to go to `city` at `at`, relative to other cities; works on any date. */
export function cityWeight(city: City, at: Instant): number {
  const localHours = at / HOUR_MS + city.utcOffset;
  const hourOfDay = localHours - Math.floor(localHours / 24) * 24;
  return city.population * activity(hourOfDay > 12 ? hourOfDay - 24 : hourOfDay);
}

/** Gives the summed weights of all cities at an instant; computed anew once per minute of event time. */
export function createNight(): (at: Instant) => Float64Array {
  const cumulative = new Float64Array(CITIES.length);
  let minute = Number.NaN;
  return (at) => {
    const now = Math.floor(at / MINUTE_MS);
    if (now !== minute) {
      minute = now;
      let sum = 0;
      for (let i = 0; i < CITIES.length; i++) {
        sum += cityWeight(CITIES[i]!, (now * MINUTE_MS) as Instant);
        cumulative[i] = sum;
      }
    }
    return cumulative;
  };
}

import type { Instant } from '@medallion/core';
import type { CityTotals, ZoneTotals } from '../../contract/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The night of a zone begins so long before its midnight, and ends so long after. */
const BEFORE_MIDNIGHT_MS = 3 * HOUR_MS;
const AFTER_MIDNIGHT_MS = 4 * HOUR_MS;
/** From the first zone's nine in the evening to the last one's four in the morning, around midnight in UTC. */
const FIRST_MS = -12 * HOUR_MS - BEFORE_MIDNIGHT_MS;
const LAST_MS = 12 * HOUR_MS + AFTER_MIDNIGHT_MS;

/**
 * The midnight, in UTC, of the night that is under way. Nights of the whole Earth overlap: near Christmas it is Christmas night,
 * from its beginning in the east to its end in the west, at other times the nearest.
 */
export function midnightOf(at: Instant): Instant {
  const year = new Date(at).getUTCFullYear();
  const christmas = Date.UTC(year, 11, 25);
  const isChristmas = at >= christmas + FIRST_MS && at <= christmas + LAST_MS;
  return (isChristmas ? christmas : Math.round(at / DAY_MS) * DAY_MS) as Instant;
}

/** Solar time is an hour ahead for each 15 degrees to the east. */
export const zoneOf = (longitude: number): number => Math.round(longitude / 15) + 0;

/** Where the night is in a zone: from 21:00 to 04:00 of its own time. */
export function nightOf(offsetHours: number, at: Instant): ZoneTotals['state'] {
  const sinceMidnight = at + offsetHours * HOUR_MS - midnightOf(at);
  if (sinceMidnight < -BEFORE_MIDNIGHT_MS) return 'before';
  return sinceMidnight < AFTER_MIDNIGHT_MS ? 'during' : 'after';
}

const nameOf = (offset: number): string => `UTC${offset > 0 ? '+' : ''}${offset === 0 ? '' : offset}`;

/** Cities by zone, from east to west; those of a zone by what was delivered there. */
export const zonesOf = (cities: readonly CityTotals[], at: Instant): ZoneTotals[] =>
  [...Map.groupBy(cities, ({ longitude }) => zoneOf(longitude))]
    .sort(([a], [b]) => b - a)
    .map(([offsetHours, those]) => ({
      zone: nameOf(offsetHours),
      offsetHours,
      cities: [...new Set(those.map(({ city }) => city))],
      events: sum(those, 'events'),
      delivered: sum(those, 'delivered'),
      gifts: sum(those, 'gifts'),
      state: nightOf(offsetHours, at),
    }));

const sum = (cities: readonly CityTotals[], measure: 'events' | 'delivered' | 'gifts'): number =>
  cities.reduce((total, city) => total + city[measure], 0);

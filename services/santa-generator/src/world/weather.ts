import type { Instant } from '@medallion/core';
import { REGIONS, type Region, WEATHERS, type Weather } from '../delivery.ts';
import { cumulate, type Random } from '../random.ts';

/** How much longer a delivery takes; the pipeline divides by the same factors. */
export const WEATHER_FACTOR: Readonly<Record<Weather, number>> = {
  clear: 1,
  cloudy: 1.05,
  rain: 1.2,
  snow: 1.3,
  storm: 1.6,
  blizzard: 2,
};

/** The share of deliveries that are delayed on arrival in this weather. */
export const DELAY_SHARE: Readonly<Record<Weather, number>> = {
  clear: 0.03,
  cloudy: 0.05,
  rain: 0.1,
  snow: 0.16,
  storm: 0.3,
  blizzard: 0.45,
};

/** The share of time that each weather has in the long run, in the order of WEATHERS, in December. */
const CLIMATE: Readonly<Record<Region, readonly number[]>> = {
  Africa: [50, 28, 16, 1, 4.5, 0.5],
  Asia: [32, 28, 17, 14, 6, 3],
  Europe: [16, 28, 20, 22, 8, 6],
  'North America': [22, 24, 15, 22, 9, 8],
  Oceania: [40, 30, 20, 1, 8.5, 0.5],
  'South America': [34, 30, 24, 2, 9.5, 0.5],
};

/** The sky may turn once in so many milliseconds of event time. */
const STEP_MS = 300_000;
/** How often a turn is considered at a step; with the climate's say it turns about every 20 minutes. */
const TURN = 0.5;
/** A jump in time of more steps than this only takes so many: by then the sky has forgotten where it began. */
const MAX_STEPS = 1_000;

/** The weather of a region at an instant that is never before that of an earlier call. */
export interface Sky {
  over(region: Region, at: Instant): Weather;
}

/**
 * Weather per region that changes slowly: a Markov chain that moves to a neighbour in WEATHERS.
 * A move is accepted by the ratio of the climate's shares (Metropolis), so the long run has just those shares.
 */
export function createSky(random: Random, start: Instant): Sky {
  const now = new Map<Region, number>(REGIONS.map((region) => [region, random.weighted(cumulate(CLIMATE[region]))]));
  let step = Math.floor(start / STEP_MS);

  const turn = (region: Region): void => {
    const from = now.get(region)!;
    const to = from + (random.chance(0.5) ? 1 : -1);
    const turns = random.uniform();
    const accepted = random.uniform();
    const climate = CLIMATE[region];
    const weight = climate[to];
    if (weight !== undefined && turns < TURN && accepted < weight / climate[from]!) now.set(region, to);
  };

  const advanceTo = (target: number): void => {
    for (let left = Math.min(target - step, MAX_STEPS); left > 0; left--) for (const region of REGIONS) turn(region);
    step = target;
  };

  return {
    over(region, at) {
      const target = Math.floor(at / STEP_MS);
      if (target > step) advanceTo(target);
      return WEATHERS[now.get(region)!]!;
    },
  };
}

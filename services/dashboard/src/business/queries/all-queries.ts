import { cityHistory } from './city-history.ts';
import { delayHotspots } from './delay-hotspots.ts';
import { deliveriesByRegion } from './deliveries-by-region.ts';
import { deliveriesPerMinute } from './deliveries-per-minute.ts';
import { deliveryKpis } from './delivery-kpis.ts';
import { giftTypeTrend } from './gift-type-trend.ts';
import { giftTypes } from './gift-types.ts';
import { nightProgress } from './night-progress.ts';
import { progressByTimeZone } from './progress-by-time-zone.ts';
import type { BusinessQuery } from './query.ts';
import { regionTrend } from './region-trend.ts';
import { successAndDelayRate } from './success-and-delay-rate.ts';
import { topCities } from './top-cities.ts';
import { travelTimes } from './travel-times.ts';
import { weatherBreakdown } from './weather-breakdown.ts';

/** The pre-built queries, in the order in which the page shows them. */
export const QUERIES: readonly BusinessQuery[] = [
  deliveryKpis,
  deliveriesPerMinute,
  successAndDelayRate,
  deliveriesByRegion,
  regionTrend,
  giftTypes,
  giftTypeTrend,
  topCities,
  cityHistory,
  nightProgress,
  weatherBreakdown,
  progressByTimeZone,
  delayHotspots,
  travelTimes,
];

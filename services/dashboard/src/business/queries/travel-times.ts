import { type BusinessQuery, COMMON, share } from './query.ts';

/** How long deliveries take. */
export const travelTimes: BusinessQuery = {
  name: 'travel-times',
  title: 'Travel times',
  description:
    'Mean delivery time, the same without the weather, and mean speed by region, from windows of five minutes.',
  parameters: ['from', 'to', 'region'],
  chart: { kind: 'bar', x: 'region', y: ['avg_minutes', 'avg_adjusted_minutes'], series: null },
  sql: `SELECT region, sum(avg_delivery_time_minutes__count)::bigint AS timed, sum(avg_delivery_time_minutes__sum) AS minutes,
  sum(avg_delivery_time_minutes__sum) / nullif(sum(avg_delivery_time_minutes__count), 0)::float8 AS avg_minutes,
  sum(avg_adjusted_delivery_time_minutes__sum)
    / nullif(sum(avg_adjusted_delivery_time_minutes__count), 0)::float8 AS avg_adjusted_minutes,
  sum(avg_effective_speed_kmh__sum) / nullif(sum(avg_effective_speed_kmh__count), 0)::float8 AS avg_speed_kmh
FROM santa_deliveries.gold_delivery_by_region__state
WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
  AND ($3::text IS NULL OR region = $3::text)
GROUP BY region ORDER BY avg_minutes DESC NULLS LAST, region`,
  values: ['from', 'to', 'region'],
  columns: [
    COMMON.region,
    { name: 'timed', type: 'long', comment: 'Events whose delivery time is known' },
    { name: 'minutes', type: 'double', comment: 'The sum of their delivery times' },
    COMMON.avgMinutes,
    { name: 'avg_adjusted_minutes', type: 'double', comment: 'Mean delivery time, as if there were no weather' },
    { name: 'avg_speed_kmh', type: 'double', comment: 'Mean speed of the sleighs' },
  ],
  headline: (rows, before) => ({
    label: 'Mean delivery time',
    value: share(rows, 'minutes', ['timed']),
    unit: 'minutes',
    before: share(before, 'minutes', ['timed']),
  }),
};

import { type BusinessQuery, COMMON, total } from './query.ts';

/** Cities over time. */
export const cityHistory: BusinessQuery = {
  name: 'city-history',
  title: 'History of a city',
  description:
    'What a city was given in each quarter of an hour, and its ranks then; without a city all of them. Of more rows than `limit` the newest.',
  parameters: ['from', 'to', 'city', 'limit'],
  chart: { kind: 'line', x: 'window_start', y: ['gifts'], series: 'city' },
  sql: `SELECT * FROM (
  SELECT window_start, city, country, latitude, longitude, events, delivered_count AS delivered, delayed_count AS delayed,
    gifts_delivered AS gifts, avg_delivery_time_minutes AS avg_minutes, rank_by_gifts, rank_by_volume, is_final
  FROM santa_deliveries.gold_top_cities
  WHERE window_start > $1::timestamptz - interval '15 minutes' AND window_start < $2::timestamptz
    AND ($3::text IS NULL OR city = $3::text)
  ORDER BY window_start DESC, rank_by_gifts, city, country, latitude, longitude LIMIT $4::integer
) newest ORDER BY window_start, rank_by_gifts, city, country, latitude, longitude`,
  values: ['from', 'to', 'city', 'limit'],
  rows: 1_000,
  columns: [
    ...[COMMON.windowStart, COMMON.city, COMMON.country],
    { name: 'latitude', type: 'double', comment: 'Degrees' },
    { name: 'longitude', type: 'double', comment: 'Degrees' },
    ...[COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts, COMMON.avgMinutes],
    { name: 'rank_by_gifts', type: 'long', comment: 'Rank within the window' },
    { name: 'rank_by_volume', type: 'long', comment: 'Rank within the window' },
    COMMON.final,
  ],
  headline: (rows, before) => ({
    label: 'Gifts',
    value: total(rows, 'gifts'),
    unit: null,
    before: total(before, 'gifts'),
  }),
};

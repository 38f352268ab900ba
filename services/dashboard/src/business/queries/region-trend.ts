import { type BusinessQuery, COMMON, total } from './query.ts';

/** Regions over time. */
export const regionTrend: BusinessQuery = {
  name: 'region-trend',
  title: 'Regions over time',
  description: 'Deliveries of each region in windows of five minutes. Of more rows than `limit` the newest.',
  parameters: ['from', 'to', 'region', 'limit'],
  chart: { kind: 'line', x: 'window_start', y: ['delivered'], series: 'region' },
  sql: `SELECT * FROM (
  SELECT window_start, region, events, delivered_count AS delivered, delayed_count AS delayed, gifts_delivered AS gifts,
    success_rate, avg_delivery_time_minutes AS avg_minutes, is_final
  FROM santa_deliveries.gold_delivery_by_region
  WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
    AND ($3::text IS NULL OR region = $3::text)
  ORDER BY window_start DESC, region LIMIT $4::integer
) newest ORDER BY window_start, region`,
  values: ['from', 'to', 'region', 'limit'],
  rows: 2_000,
  columns: [
    ...[COMMON.windowStart, COMMON.region, COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts],
    ...[COMMON.successRate, COMMON.avgMinutes, COMMON.final],
  ],
  headline: (rows, before) => ({
    label: 'Deliveries',
    value: total(rows, 'delivered'),
    unit: null,
    before: total(before, 'delivered'),
  }),
};

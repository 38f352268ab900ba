import { type BusinessQuery, COMMON, total } from './query.ts';

/** Regions side by side. */
export const deliveriesByRegion: BusinessQuery = {
  name: 'deliveries-by-region',
  title: 'Deliveries by region',
  description:
    'Events, deliveries, delays, gifts and rates of each region over the time range, from windows of five minutes.',
  parameters: ['from', 'to', 'region'],
  chart: { kind: 'bar', x: 'region', y: ['delivered', 'delayed'], series: null },
  sql: `SELECT region, sum(events)::bigint AS events, sum(delivered_count)::bigint AS delivered,
  sum(delayed_count)::bigint AS delayed, sum(gifts_delivered)::bigint AS gifts,
  sum(delivered_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS success_rate,
  sum(delayed_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS delay_rate
FROM santa_deliveries.gold_delivery_by_region__state
WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
  AND ($3::text IS NULL OR region = $3::text)
GROUP BY region ORDER BY delivered DESC, region`,
  values: ['from', 'to', 'region'],
  columns: [
    ...[COMMON.region, COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts],
    ...[COMMON.successRate, COMMON.delayRate],
  ],
  headline: (rows, before) => ({
    label: 'Deliveries',
    value: total(rows, 'delivered'),
    unit: null,
    before: total(before, 'delivered'),
  }),
};

import { type BusinessQuery, COMMON, total } from './query.ts';

/** What happened in each minute. */
export const deliveriesPerMinute: BusinessQuery = {
  name: 'deliveries-per-minute',
  title: 'Deliveries per minute',
  description:
    'Events, deliveries, delays and gifts of each minute, and whether the minute is closed. Of more rows than `limit` the newest.',
  parameters: ['from', 'to', 'limit'],
  chart: { kind: 'line', x: 'window_start', y: ['delivered', 'delayed', 'events'], series: null },
  sql: `SELECT * FROM (
  SELECT window_start, events, delivered_count AS delivered, delayed_count AS delayed, gifts_delivered AS gifts, is_final
  FROM santa_deliveries.gold_delivery_summary_realtime
  WHERE window_start > $1::timestamptz - interval '1 minute' AND window_start < $2::timestamptz
  ORDER BY window_start DESC LIMIT $3::integer
) newest ORDER BY window_start`,
  values: ['from', 'to', 'limit'],
  rows: 1_440,
  columns: [...[COMMON.windowStart, COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts], COMMON.final],
  headline: (rows, before) => ({
    label: 'Deliveries',
    value: total(rows, 'delivered'),
    unit: null,
    before: total(before, 'delivered'),
  }),
};

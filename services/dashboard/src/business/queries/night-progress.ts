import { type BusinessQuery, COMMON, last } from './query.ts';

/** How far the night has come. */
export const nightProgress: BusinessQuery = {
  name: 'night-progress',
  title: 'Progress of the night',
  description:
    'Totals since the start at each ten minutes, beside what happened in them. Of more rows than `limit` the newest.',
  parameters: ['from', 'to', 'limit'],
  chart: { kind: 'line', x: 'window_start', y: ['total_delivered', 'total_gifts'], series: null },
  sql: `SELECT * FROM (
  SELECT window_start, events, delivered_count AS delivered, delayed_count AS delayed, gifts_delivered AS gifts,
    total_events, total_delivered, total_delayed, total_gifts_delivered AS total_gifts, is_final
  FROM santa_deliveries.gold_overall_progress
  WHERE window_start > $1::timestamptz - interval '10 minutes' AND window_start < $2::timestamptz
  ORDER BY window_start DESC LIMIT $3::integer
) newest ORDER BY window_start`,
  values: ['from', 'to', 'limit'],
  rows: 1_000,
  columns: [
    ...[COMMON.windowStart, COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts],
    { name: 'total_events', type: 'long', comment: 'Since the start' },
    { name: 'total_delivered', type: 'long', comment: 'Since the start' },
    { name: 'total_delayed', type: 'long', comment: 'Since the start' },
    { name: 'total_gifts', type: 'long', comment: 'Since the start' },
    COMMON.final,
  ],
  headline: (rows, before) => ({
    label: 'Delivered so far',
    value: last(rows, 'total_delivered'),
    unit: null,
    before: last(before, 'total_delivered'),
  }),
};

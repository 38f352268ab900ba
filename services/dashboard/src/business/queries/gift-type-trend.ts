import { type BusinessQuery, COMMON, total } from './query.ts';

/** Types of gifts over time. */
export const giftTypeTrend: BusinessQuery = {
  name: 'gift-type-trend',
  title: 'Gift types over time',
  description: 'Gifts of each type in windows of five minutes. Of more rows than `limit` the newest.',
  parameters: ['from', 'to', 'gift_type', 'limit'],
  chart: { kind: 'line', x: 'window_start', y: ['gifts'], series: 'gift_type' },
  sql: `SELECT * FROM (
  SELECT window_start, gift_type, events, delivered_count AS delivered, delayed_count AS delayed, gifts_delivered AS gifts,
    avg_delivery_time_minutes AS avg_minutes, is_final
  FROM santa_deliveries.gold_delivery_by_gift_type
  WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
    AND ($3::text IS NULL OR gift_type = $3::text)
  ORDER BY window_start DESC, gift_type LIMIT $4::integer
) newest ORDER BY window_start, gift_type`,
  values: ['from', 'to', 'gift_type', 'limit'],
  rows: 2_000,
  columns: [
    ...[COMMON.windowStart, COMMON.giftType, COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts],
    ...[COMMON.avgMinutes, COMMON.final],
  ],
  headline: (rows, before) => ({
    label: 'Gifts',
    value: total(rows, 'gifts'),
    unit: null,
    before: total(before, 'gifts'),
  }),
};

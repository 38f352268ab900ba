import { type BusinessQuery, COMMON, total } from './query.ts';

/** Types of gifts side by side. */
export const giftTypes: BusinessQuery = {
  name: 'gift-types',
  title: 'Gift types',
  description:
    'Deliveries and gifts of each type, with the shortest, the mean and the longest delivery time, from windows of five minutes.',
  parameters: ['from', 'to', 'gift_type'],
  chart: { kind: 'bar', x: 'gift_type', y: ['gifts'], series: null },
  sql: `SELECT gift_type, sum(events)::bigint AS events, sum(delivered_count)::bigint AS delivered,
  sum(delayed_count)::bigint AS delayed, sum(gifts_delivered)::bigint AS gifts,
  sum(delivered_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS success_rate,
  min(min_delivery_time_minutes) AS min_minutes,
  sum(avg_delivery_time_minutes__sum) / nullif(sum(avg_delivery_time_minutes__count), 0)::float8 AS avg_minutes,
  max(max_delivery_time_minutes) AS max_minutes
FROM santa_deliveries.gold_delivery_by_gift_type__state
WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
  AND ($3::text IS NULL OR gift_type = $3::text)
GROUP BY gift_type ORDER BY gifts DESC, gift_type`,
  values: ['from', 'to', 'gift_type'],
  columns: [
    ...[COMMON.giftType, COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts, COMMON.successRate],
    { name: 'min_minutes', type: 'double', comment: 'Shortest delivery time' },
    COMMON.avgMinutes,
    { name: 'max_minutes', type: 'double', comment: 'Longest delivery time' },
  ],
  headline: (rows, before) => ({
    label: 'Gifts',
    value: total(rows, 'gifts'),
    unit: null,
    before: total(before, 'gifts'),
  }),
};

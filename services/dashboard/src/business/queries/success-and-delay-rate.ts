import { type BusinessQuery, COMMON, share } from './query.ts';

/** How well it goes, over time. */
export const successAndDelayRate: BusinessQuery = {
  name: 'success-and-delay-rate',
  title: 'Success and delay',
  description:
    'Shares of what is finished that was delivered, and delayed, in windows of five minutes; of one region, if asked.',
  parameters: ['from', 'to', 'region', 'limit'],
  chart: { kind: 'line', x: 'window_start', y: ['success_rate', 'delay_rate'], series: null },
  sql: `SELECT * FROM (
  SELECT window_start, sum(delivered_count)::bigint AS delivered, sum(delayed_count)::bigint AS delayed,
    sum(delivered_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS success_rate,
    sum(delayed_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS delay_rate,
    bool_and(is_final) AS is_final
  FROM santa_deliveries.gold_delivery_by_region
  WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
    AND ($3::text IS NULL OR region = $3::text)
  GROUP BY window_start ORDER BY window_start DESC LIMIT $4::integer
) newest ORDER BY window_start`,
  values: ['from', 'to', 'region', 'limit'],
  rows: 1_000,
  columns: [
    ...[COMMON.windowStart, COMMON.delivered, COMMON.delayed, COMMON.successRate, COMMON.delayRate],
    COMMON.final,
  ],
  headline: (rows, before) => ({
    label: 'Success rate',
    value: share(rows, 'delivered', ['delivered', 'delayed']),
    unit: 'percent',
    before: share(before, 'delivered', ['delivered', 'delayed']),
  }),
};

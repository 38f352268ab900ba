import { type BusinessQuery, COMMON, first } from './query.ts';

/** The numbers of the cards, over any time. */
export const deliveryKpis: BusinessQuery = {
  name: 'delivery-kpis',
  title: 'Key figures',
  description: 'Deliveries, rates, gifts and mean times over the time range, from the windows of a minute.',
  parameters: ['from', 'to'],
  chart: { kind: 'table', x: null, y: [], series: null },
  sql: `SELECT coalesce(sum(events), 0)::bigint AS events,
  coalesce(sum(delivered_count), 0)::bigint AS delivered,
  coalesce(sum(delayed_count), 0)::bigint AS delayed,
  coalesce(sum(en_route_count), 0)::bigint AS en_route,
  coalesce(sum(gifts_delivered), 0)::bigint AS gifts,
  sum(delivered_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS success_rate,
  sum(delayed_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS delay_rate,
  sum(avg_delivery_time_minutes__sum) / nullif(sum(avg_delivery_time_minutes__count), 0)::float8 AS avg_minutes,
  sum(avg_adjusted_delivery_time_minutes__sum)
    / nullif(sum(avg_adjusted_delivery_time_minutes__count), 0)::float8 AS avg_adjusted_minutes,
  sum(avg_effective_speed_kmh__sum) / nullif(sum(avg_effective_speed_kmh__count), 0)::float8 AS avg_speed_kmh
FROM santa_deliveries.gold_delivery_summary_realtime__state
WHERE window_start > $1::timestamptz - interval '1 minute' AND window_start < $2::timestamptz`,
  values: ['from', 'to'],
  columns: [
    COMMON.events,
    COMMON.delivered,
    COMMON.delayed,
    { name: 'en_route', type: 'long', comment: 'Deliveries that were under way' },
    COMMON.gifts,
    COMMON.successRate,
    COMMON.delayRate,
    COMMON.avgMinutes,
    { name: 'avg_adjusted_minutes', type: 'double', comment: 'Mean delivery time, as if there were no weather' },
    { name: 'avg_speed_kmh', type: 'double', comment: 'Mean speed of the sleighs' },
  ],
  headline: (rows, before) => ({
    label: 'Deliveries',
    value: first(rows, 'delivered'),
    unit: null,
    before: first(before, 'delivered'),
  }),
};

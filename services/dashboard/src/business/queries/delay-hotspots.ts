import { type BusinessQuery, COMMON, first, total } from './query.ts';

/** Where it goes wrong. */
export const delayHotspots: BusinessQuery = {
  name: 'delay-hotspots',
  title: 'Delay hotspots',
  description: 'Cities with delays, those with the most first, from windows of a quarter of an hour.',
  parameters: ['from', 'to', 'city', 'limit'],
  chart: { kind: 'bar', x: 'city', y: ['delayed'], series: null },
  sql: `SELECT city, country, sum(delayed_count)::bigint AS delayed, sum(delivered_count)::bigint AS delivered,
  sum(delayed_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS delay_rate,
  sum(avg_delivery_time_minutes__sum) / nullif(sum(avg_delivery_time_minutes__count), 0)::float8 AS avg_minutes
FROM santa_deliveries.gold_top_cities__state
WHERE window_start > $1::timestamptz - interval '15 minutes' AND window_start < $2::timestamptz
  AND ($3::text IS NULL OR city = $3::text)
GROUP BY city, country HAVING sum(delayed_count) > 0
ORDER BY delayed DESC, delay_rate DESC, city, country LIMIT $4::integer`,
  values: ['from', 'to', 'city', 'limit'],
  rows: 20,
  columns: [
    ...[COMMON.city, COMMON.country, COMMON.delayed, COMMON.delivered],
    ...[COMMON.delayRate, COMMON.avgMinutes],
  ],
  headline: (rows, before) => ({
    label: rows[0] === undefined ? 'Delays' : `Delays in ${rows[0].city ?? 'places unknown'}`,
    value: first(rows, 'delayed') ?? 0,
    unit: null,
    before: total(
      before.filter(({ city, country }) => city === rows[0]?.city && country === rows[0]?.country),
      'delayed',
    ),
  }),
};

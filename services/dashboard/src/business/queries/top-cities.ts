import { type BusinessQuery, COMMON, first, total } from './query.ts';

/** Cities by gifts. */
export const topCities: BusinessQuery = {
  name: 'top-cities',
  title: 'Top cities',
  description:
    'Cities by gifts delivered and by volume over the time range, from windows of a quarter of an hour; or one city with its ranks.',
  parameters: ['from', 'to', 'city', 'limit'],
  chart: { kind: 'bar', x: 'city', y: ['gifts'], series: null },
  sql: `SELECT * FROM (
  SELECT rank() OVER (ORDER BY sum(gifts_delivered) DESC) AS rank_by_gifts,
    rank() OVER (ORDER BY sum(events) DESC) AS rank_by_volume, city, country, latitude, longitude,
    sum(events)::bigint AS events, sum(delivered_count)::bigint AS delivered, sum(delayed_count)::bigint AS delayed,
    sum(gifts_delivered)::bigint AS gifts,
    sum(delivered_count)::float8 / nullif(sum(delivered_count + delayed_count), 0) AS success_rate
  FROM santa_deliveries.gold_top_cities__state
  WHERE window_start > $1::timestamptz - interval '15 minutes' AND window_start < $2::timestamptz
  GROUP BY city, country, latitude, longitude
) ranked WHERE $3::text IS NULL OR city = $3::text
ORDER BY rank_by_gifts, rank_by_volume, city, country, latitude, longitude LIMIT $4::integer`,
  values: ['from', 'to', 'city', 'limit'],
  rows: 20,
  columns: [
    { name: 'rank_by_gifts', type: 'long', comment: 'Cities with as many gifts share a rank' },
    { name: 'rank_by_volume', type: 'long', comment: 'Cities with as many events share a rank' },
    ...[COMMON.city, COMMON.country],
    { name: 'latitude', type: 'double', comment: 'Degrees' },
    { name: 'longitude', type: 'double', comment: 'Degrees' },
    ...[COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts, COMMON.successRate],
  ],
  headline: (rows, before) => {
    const best = rows[0];
    const then = before.find((row) => row.city === best?.city && row.country === best?.country);
    return {
      label: best === undefined ? 'Gifts of the first' : `Gifts in ${best.city ?? 'places unknown'}`,
      value: first(rows, 'gifts'),
      unit: null,
      before: then === undefined ? null : total([then], 'gifts'),
    };
  },
};

import { type BusinessQuery, COMMON } from './query.ts';

/** The night from east to west. */
export const progressByTimeZone: BusinessQuery = {
  name: 'progress-by-time-zone',
  title: 'Progress by time zone',
  description:
    'What each solar time zone (15 degrees of longitude) was given, from east to west, from windows of a quarter of an hour.',
  parameters: ['from', 'to'],
  chart: { kind: 'bar', x: 'utc_offset', y: ['delivered'], series: null },
  sql: `SELECT floor(longitude / 15 + 0.5)::integer AS utc_offset, count(DISTINCT city) AS cities,
  sum(events)::bigint AS events, sum(delivered_count)::bigint AS delivered, sum(delayed_count)::bigint AS delayed,
  sum(gifts_delivered)::bigint AS gifts
FROM santa_deliveries.gold_top_cities__state
WHERE window_start > $1::timestamptz - interval '15 minutes' AND window_start < $2::timestamptz
GROUP BY 1 ORDER BY utc_offset DESC`,
  values: ['from', 'to'],
  columns: [
    { name: 'utc_offset', type: 'int', comment: 'Hours ahead of UTC by the sun' },
    { name: 'cities', type: 'long', comment: 'Cities with an event' },
    ...[COMMON.events, COMMON.delivered, COMMON.delayed, COMMON.gifts],
  ],
  headline: (rows, before) => ({
    label: 'Zones with deliveries',
    value: rows.filter(({ delivered }) => Number(delivered) > 0).length,
    unit: null,
    before: before.filter(({ delivered }) => Number(delivered) > 0).length,
  }),
};

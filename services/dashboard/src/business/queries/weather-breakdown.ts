import { type BusinessQuery, COMMON, share } from './query.ts';

/** Weathers side by side. */
export const weatherBreakdown: BusinessQuery = {
  name: 'weather-breakdown',
  title: 'Weather',
  description: 'Events in each weather and how many of them were delayed, from windows of ten minutes.',
  parameters: ['from', 'to'],
  chart: { kind: 'bar', x: 'weather', y: ['delayed_share'], series: null },
  sql: `SELECT w.weather, coalesce(sum(w.events), 0)::bigint AS events, coalesce(sum(w.delayed), 0)::bigint AS delayed,
  sum(w.delayed)::float8 / nullif(sum(w.events), 0) AS delayed_share
FROM santa_deliveries.gold_overall_progress__state p CROSS JOIN LATERAL (VALUES
  ('clear', p.events_clear, p.delayed_clear), ('cloudy', p.events_cloudy, p.delayed_cloudy),
  ('rain', p.events_rain, p.delayed_rain), ('snow', p.events_snow, p.delayed_snow),
  ('storm', p.events_storm, p.delayed_storm), ('blizzard', p.events_blizzard, p.delayed_blizzard)
) AS w(weather, events, delayed)
WHERE p.window_start > $1::timestamptz - interval '10 minutes' AND p.window_start < $2::timestamptz
GROUP BY w.weather ORDER BY events DESC, weather`,
  values: ['from', 'to'],
  columns: [
    { name: 'weather', type: 'string', comment: 'As the sleigh saw it' },
    ...[COMMON.events, COMMON.delayed],
    { name: 'delayed_share', type: 'double', comment: 'Delayed of all events, those en route too, of 1' },
  ],
  headline: (rows, before) => {
    const bad = (all: typeof rows) => all.filter(({ weather }) => weather === 'storm' || weather === 'blizzard');
    return {
      label: 'Delayed of events in storms and blizzards',
      value: share(bad(rows), 'delayed', ['events']),
      unit: 'percent',
      before: share(bad(before), 'delayed', ['events']),
    };
  },
};

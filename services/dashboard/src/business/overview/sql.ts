/**
 * The statements of the overview. Sums are of the stored states, so that an average is the sum of all durations divided by
 * their count, and no average of averages.
 *
 * Windows that are longer than a minute do not end where a range does. A range has those that share an instant with it:
 * `start > from - size` and `start < to`. So its first window may begin before the range, its last one ends after it.
 */

/** The newest minute, and through when windows are final. */
export const NEWEST = `SELECT
  (SELECT max(window_start) FROM santa_deliveries.gold_delivery_summary_realtime__state) AS newest,
  (SELECT final_through FROM medallion.watermarks
   WHERE pipeline = 'santa-deliveries' AND source = 'silver_santa_deliveries') AS final_through`;

/** The minutes from $1 to $2. */
export const MINUTES = `SELECT window_start, events, delivered_count, delayed_count, gifts_delivered,
  avg_delivery_time_minutes__sum AS minutes_sum, avg_delivery_time_minutes__count AS minutes_count,
  avg_adjusted_delivery_time_minutes__sum AS adjusted_sum, avg_adjusted_delivery_time_minutes__count AS adjusted_count
FROM santa_deliveries.gold_delivery_summary_realtime__state
WHERE window_start >= $1::timestamptz AND window_start < $2::timestamptz
ORDER BY window_start`;

const MEASURES = `sum(events)::bigint AS events, sum(delivered_count)::bigint AS delivered,
  sum(delayed_count)::bigint AS delayed, sum(gifts_delivered)::bigint AS gifts`;

/** Regions, over the windows of five minutes; their place is the mean of their events'. */
export const REGIONS = `SELECT coalesce(region, '(none)') AS region, ${MEASURES},
  sum(mean_latitude__sum) / nullif(sum(mean_latitude__count), 0) AS latitude,
  sum(mean_longitude__sum) / nullif(sum(mean_longitude__count), 0) AS longitude
FROM santa_deliveries.gold_delivery_by_region__state
WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
GROUP BY 1 ORDER BY events DESC, region`;

/** Types of gifts, over the windows of five minutes. */
export const GIFT_TYPES = `SELECT coalesce(gift_type, '(none)') AS gift_type, ${MEASURES},
  min(min_delivery_time_minutes) AS min_minutes,
  sum(avg_delivery_time_minutes__sum) / nullif(sum(avg_delivery_time_minutes__count), 0) AS avg_minutes,
  max(max_delivery_time_minutes) AS max_minutes
FROM santa_deliveries.gold_delivery_by_gift_type__state
WHERE window_start > $1::timestamptz - interval '5 minutes' AND window_start < $2::timestamptz
GROUP BY 1 ORDER BY gifts DESC, gift_type`;

/** Cities, over the windows of a quarter of an hour. */
export const CITIES = `SELECT coalesce(city, '(none)') AS city, coalesce(country, '(none)') AS country, latitude, longitude,
  ${MEASURES},
  rank() OVER (ORDER BY sum(gifts_delivered) DESC) AS rank_by_gifts,
  rank() OVER (ORDER BY sum(events) DESC) AS rank_by_volume
FROM santa_deliveries.gold_top_cities__state
WHERE window_start > $1::timestamptz - interval '15 minutes' AND window_start < $2::timestamptz
GROUP BY gold_top_cities__state.city, gold_top_cities__state.country, latitude, longitude
ORDER BY rank_by_gifts, city, country, latitude, longitude`;

/**
 * Cities with an event in the windows of a quarter of an hour that share an instant with each of the two ranges: $1 to $2, and
 * $2 to $3. A window that holds both sides of $2 counts in both.
 */
export const ACTIVE_CITIES = `SELECT
  count(DISTINCT city) FILTER (WHERE window_start < $2::timestamptz) AS before,
  count(DISTINCT city) FILTER (WHERE window_start > $2::timestamptz - interval '15 minutes') AS value
FROM santa_deliveries.gold_top_cities__state
WHERE window_start > $1::timestamptz - interval '15 minutes' AND window_start < $3::timestamptz`;

/** What each weather saw, over the windows of ten minutes. */
export const WEATHER = `SELECT w.weather, sum(w.events)::bigint AS events, sum(w.delayed)::bigint AS delayed
FROM santa_deliveries.gold_overall_progress__state p CROSS JOIN LATERAL (VALUES
  ('clear', p.events_clear, p.delayed_clear), ('cloudy', p.events_cloudy, p.delayed_cloudy),
  ('rain', p.events_rain, p.delayed_rain), ('snow', p.events_snow, p.delayed_snow),
  ('storm', p.events_storm, p.delayed_storm), ('blizzard', p.events_blizzard, p.delayed_blizzard)
) AS w(weather, events, delayed)
WHERE p.window_start > $1::timestamptz - interval '10 minutes' AND p.window_start < $2::timestamptz
GROUP BY 1 ORDER BY events DESC, weather`;

/** The totals since the start are those of the newest window. */
export const TOTALS = `SELECT total_events AS events, total_delivered AS delivered, total_delayed AS delayed,
  total_gifts_delivered AS gifts,
  (SELECT min(window_start) FROM santa_deliveries.gold_overall_progress__state) AS since
FROM santa_deliveries.gold_overall_progress ORDER BY window_start DESC LIMIT 1`;

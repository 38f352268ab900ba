import {
  type Aggregates,
  between,
  days,
  epochDay,
  hourOfDay,
  isoInstant,
  json,
  type Measures,
  materializedView,
  minuteOfHour,
  minutes,
  nonEmpty,
  oneOf,
  pipeline,
  positive,
  type Row,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { double, int, row, string } from '@medallion/schema';

const RawDelivery = row('RawDelivery', {
  event_id: string('unique per event; duplicates carry the same one'),
  delivery_id: string('one delivery emits en_route, then delivered or delayed'),
  timestamp: string('event time, ISO-8601'),
  city: string(),
  country: string(),
  region: string(),
  latitude: double('degrees'),
  longitude: double('degrees'),
  gift_type: string(),
  gift_count: int(),
  status: string('en_route, delivered or delayed'),
  weather: string(),
  distance_km: double(),
  delivery_time_minutes: double(),
  sleigh_id: string(),
  route_variant: string('A or B'),
});

/** How much longer a delivery takes in each weather. A map, as a hostile record may call its weather `constructor`. */
const weatherImpact: ReadonlyMap<string | null, number> = new Map([
  ['clear', 1.0],
  ['cloudy', 1.05],
  ['rain', 1.2],
  ['snow', 1.3],
  ['storm', 1.6],
  ['blizzard', 2.0],
]);

// Bronze: what arrived, as it arrived.

export const bronze = streamingTable('bronze_santa_deliveries')
  .comment('Delivery events as they arrived')
  .from(topic('santa.deliveries.raw', { format: json(RawDelivery), key: 'delivery_id' }))
  .queryable({ partitionBy: 'ingestion_date', retention: days(30) });

// Silver: valid deliveries, each once, with what is known about them.

export const silver = streamingTable('silver_santa_deliveries')
  .comment('Valid delivery events, each once')
  .from(bronze)
  .expectOrQuarantine('valid_delivery_id', 'delivery_id', nonEmpty)
  .expectOrQuarantine('valid_timestamp', 'timestamp', isoInstant)
  .expectOrQuarantine('valid_status', 'status', oneOf('en_route', 'delivered', 'delayed'))
  .expectOrQuarantine('valid_coordinates', { latitude: between(-90, 90), longitude: between(-180, 180) })
  .expectOrQuarantine('positive_gift_count', 'gift_count', positive)
  .derive((c) => ({
    delivery_timestamp: c.timestamp((d) => d.timestamp),
    delivery_date: c.date((d) => epochDay(d.timestamp)),
    delivery_hour: c.int((d) => hourOfDay(d.timestamp)),
    delivery_minute: c.int((d) => minuteOfHour(d.timestamp)),
    is_delivered: c.boolean((d) => d.status === 'delivered'),
    is_delayed: c.boolean((d) => d.status === 'delayed'),
    effective_speed_kmh: c.nullable.double((d) => quotient(d.distance_km, quotient(d.delivery_time_minutes, 60))),
    weather_impact_factor: c.nullable.double((d) => weatherImpact.get(d.weather) ?? null),
  }))
  .derive((c) => ({
    adjusted_delivery_time_minutes: c.nullable.double((d) =>
      quotient(d.delivery_time_minutes, d.weather_impact_factor),
    ),
  }))
  .eventTime('delivery_timestamp', { watermarkDelay: minutes(5) })
  .dedupe({ by: 'event_id', within: minutes(10) })
  .omit('_rescued_data', 'ingestion_date', 'source_topic', 'source_partition', 'source_offset');

/** Null when a part is unknown or the quotient is no finite number. */
function quotient(dividend: number | null, divisor: number | null): number | null {
  if (dividend === null || divisor === null) return null;
  const result = dividend / divisor;
  return Number.isFinite(result) ? result : null;
}

// Gold: what happened when and where. Averages are over all events; those without the value do not count.

const commonMeasures = (a: Aggregates<Row<typeof silver>>) => ({
  events: a.count(),
  delivered_count: a.count((d) => d.is_delivered),
  delayed_count: a.count((d) => d.is_delayed),
  en_route_count: a.count((d) => d.status === 'en_route'),
  gifts_delivered: a.sum('gift_count', (d) => d.is_delivered),
  avg_delivery_time_minutes: a.avg('delivery_time_minutes'),
  avg_adjusted_delivery_time_minutes: a.avg('adjusted_delivery_time_minutes'),
  avg_effective_speed_kmh: a.avg('effective_speed_kmh'),
});

const commonRates = (v: Measures<{ delivered_count: number; delayed_count: number }>) => ({
  success_rate: v.delivered_count.per(v.delivered_count.plus(v.delayed_count)),
  delay_rate: v.delayed_count.per(v.delivered_count.plus(v.delayed_count)),
});

export const summary = materializedView('gold_delivery_summary_realtime')
  .comment('Deliveries of each minute')
  .from(silver)
  .windowedBy(tumbling(minutes(1)))
  .aggregate((a) => ({ ...commonMeasures(a), active_cities: a.countDistinct('city') }))
  .derive(commonRates);

export const byRegion = materializedView('gold_delivery_by_region')
  .comment('Deliveries of five minutes by region')
  .from(silver)
  .windowedBy(tumbling(minutes(5)))
  .groupBy('region')
  .aggregate((a) => ({
    ...commonMeasures(a),
    countries: a.countDistinct('country'),
    mean_latitude: a.avg('latitude'),
    mean_longitude: a.avg('longitude'),
  }))
  .derive(commonRates);

export const byGiftType = materializedView('gold_delivery_by_gift_type')
  .comment('Deliveries of five minutes by type of gift')
  .from(silver)
  .windowedBy(tumbling(minutes(5)))
  .groupBy('gift_type')
  .aggregate((a) => ({
    ...commonMeasures(a),
    min_delivery_time_minutes: a.min('delivery_time_minutes'),
    max_delivery_time_minutes: a.max('delivery_time_minutes'),
  }))
  .derive(commonRates);

export const overallProgress = materializedView('gold_overall_progress')
  .comment('Deliveries of ten minutes by weather, and the totals since the start')
  .from(silver)
  .windowedBy(tumbling(minutes(10)))
  .aggregate((a) => ({
    ...commonMeasures(a),
    events_clear: a.count((d) => d.weather === 'clear'),
    events_cloudy: a.count((d) => d.weather === 'cloudy'),
    events_rain: a.count((d) => d.weather === 'rain'),
    events_snow: a.count((d) => d.weather === 'snow'),
    events_storm: a.count((d) => d.weather === 'storm'),
    events_blizzard: a.count((d) => d.weather === 'blizzard'),
    delayed_clear: a.count((d) => d.is_delayed && d.weather === 'clear'),
    delayed_cloudy: a.count((d) => d.is_delayed && d.weather === 'cloudy'),
    delayed_rain: a.count((d) => d.is_delayed && d.weather === 'rain'),
    delayed_snow: a.count((d) => d.is_delayed && d.weather === 'snow'),
    delayed_storm: a.count((d) => d.is_delayed && d.weather === 'storm'),
    delayed_blizzard: a.count((d) => d.is_delayed && d.weather === 'blizzard'),
  }))
  .derive(commonRates)
  .cumulative({
    total_events: 'events',
    total_delivered: 'delivered_count',
    total_delayed: 'delayed_count',
    total_gifts_delivered: 'gifts_delivered',
  });

export const topCities = materializedView('gold_top_cities')
  .comment('Cities of each quarter of an hour, ranked by gifts delivered and by volume')
  .from(silver)
  .windowedBy(tumbling(minutes(15)))
  .groupBy('city', 'country', 'latitude', 'longitude')
  .aggregate(commonMeasures)
  .derive(commonRates)
  .rank({ rank_by_gifts: 'gifts_delivered', rank_by_volume: 'events' });

export default pipeline('santa-deliveries', {
  tables: [bronze, silver, summary, byRegion, byGiftType, overallProgress, topCities],
});

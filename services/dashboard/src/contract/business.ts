import Type, { type Static } from 'typebox';
import { AsOf, Instant, Nullable } from './common.ts';

/** A number of the time range, and what it was in the range of the same length before. */
export const Kpi = Type.Object({ value: Nullable(Type.Number()), before: Nullable(Type.Number()) });
export type Kpi = Static<typeof Kpi>;

export const Kpis = Type.Object({
  deliveries: Kpi,
  successRate: Kpi,
  delayRate: Kpi,
  gifts: Kpi,
  avgMinutes: Kpi,
  avgAdjustedMinutes: Kpi,
  activeCities: Kpi,
});
export type Kpis = Static<typeof Kpis>;

/** Columns of one length; a minute in which nothing happened is there, with zeros. */
export const Minutes = Type.Object({
  start: Type.Array(Instant),
  final: Type.Array(Type.Boolean()),
  events: Type.Array(Type.Integer()),
  delivered: Type.Array(Type.Integer()),
  delayed: Type.Array(Type.Integer()),
  gifts: Type.Array(Type.Integer()),
  successRate: Type.Array(Nullable(Type.Number())),
  delayRate: Type.Array(Nullable(Type.Number())),
});
export type Minutes = Static<typeof Minutes>;

const measures = {
  events: Type.Integer(),
  delivered: Type.Integer(),
  delayed: Type.Integer(),
  gifts: Type.Integer(),
  successRate: Nullable(Type.Number()),
  delayRate: Nullable(Type.Number()),
};

export const RegionTotals = Type.Object({
  region: Type.String(),
  latitude: Nullable(Type.Number()),
  longitude: Nullable(Type.Number()),
  ...measures,
});
export type RegionTotals = Static<typeof RegionTotals>;
export const CityTotals = Type.Object({
  city: Type.String(),
  country: Type.String(),
  latitude: Type.Number(),
  longitude: Type.Number(),
  ...measures,
  rankByGifts: Type.Integer(),
  rankByVolume: Type.Integer(),
});
export type CityTotals = Static<typeof CityTotals>;
export const GiftTotals = Type.Object({
  giftType: Type.String(),
  ...measures,
  minMinutes: Nullable(Type.Number()),
  avgMinutes: Nullable(Type.Number()),
  maxMinutes: Nullable(Type.Number()),
});
export type GiftTotals = Static<typeof GiftTotals>;
export const WeatherTotals = Type.Object({
  weather: Type.String(),
  events: Type.Integer(),
  delayed: Type.Integer(),
  delayRate: Nullable(Type.Number()),
});
export type WeatherTotals = Static<typeof WeatherTotals>;

/** Cities by their solar time zone (longitude, 15 degrees an hour), from east to west as the night goes. */
export const ZoneTotals = Type.Object({
  zone: Type.String({ description: 'UTC+12 … UTC-12' }),
  offsetHours: Type.Integer(),
  cities: Type.Array(Type.String()),
  events: Type.Integer(),
  delivered: Type.Integer(),
  gifts: Type.Integer(),
  /** Where the night is in it: before, during or after its local midnight hours. */
  state: Type.Union([Type.Literal('before'), Type.Literal('during'), Type.Literal('after')]),
});
export type ZoneTotals = Static<typeof ZoneTotals>;

/** The totals since the start. */
export const Totals = Type.Object({
  events: Type.Integer(),
  delivered: Type.Integer(),
  delayed: Type.Integer(),
  gifts: Type.Integer(),
  since: Nullable(Instant),
});
export type Totals = Static<typeof Totals>;

/**
 * Everything on the business page that follows the gold tables: `GET /api/overview?minutes=60`, and in the live channel
 * `overview`, which sends only the members that changed beside `asOf` and `range`.
 */
export const Overview = Type.Object({
  asOf: AsOf,
  range: Type.Object({ from: Instant, to: Instant, minutes: Type.Integer() }),
  kpis: Kpis,
  minutes: Minutes,
  regions: Type.Array(RegionTotals),
  cities: Type.Array(CityTotals),
  giftTypes: Type.Array(GiftTotals),
  weather: Type.Array(WeatherTotals),
  zones: Type.Array(ZoneTotals),
  totals: Totals,
});
export type Overview = Static<typeof Overview>;

/** One event as it arrived. */
export const Delivery = Type.Object({
  id: Type.String({ description: 'partition:offset of the raw topic' }),
  deliveryId: Nullable(Type.String()),
  at: Nullable(Type.String({ description: 'Event time as it was sent' })),
  arrivedAt: Instant,
  city: Nullable(Type.String()),
  country: Nullable(Type.String()),
  region: Nullable(Type.String()),
  giftType: Nullable(Type.String()),
  gifts: Nullable(Type.Integer()),
  status: Nullable(Type.String()),
  weather: Nullable(Type.String()),
});
export type Delivery = Static<typeof Delivery>;

/** The newest events, newest first: `GET /api/deliveries`, and in the live channel `deliveries` those since the last. */
export const Deliveries = Type.Object({
  deliveries: Type.Array(Delivery),
  skipped: Type.Integer({ description: 'Events between these and the last ones sent that are not among them' }),
});
export type Deliveries = Static<typeof Deliveries>;

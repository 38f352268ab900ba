/** Where a delivery stands: `en_route`, then `delivered` or `delayed`; a delayed one is delivered later. */
export type Status = 'en_route' | 'delivered' | 'delayed';

/** The six regions that events are grouped by, in the order that tables use. */
export const REGIONS = ['Africa', 'Asia', 'Europe', 'North America', 'Oceania', 'South America'] as const;
/** One of the six regions. */
export type Region = (typeof REGIONS)[number];

/** The seven gift types. */
export const GIFT_TYPES = ['toys', 'books', 'electronics', 'clothing', 'games', 'candy', 'bicycles'] as const;
/** One of the seven gift types. */
export type GiftType = (typeof GIFT_TYPES)[number];

/** The six kinds of weather, from calm to severe: a neighbour is the next thing that the sky may turn to. */
export const WEATHERS = ['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard'] as const;
/** One of the six kinds of weather. */
export type Weather = (typeof WEATHERS)[number];

/** One event of a delivery, with the field names of the topic `santa.deliveries.raw`. */
export type Delivery = {
  /** Unique per event; duplicates carry the same one. */
  readonly event_id: string;
  /** Also the record's key, so that all events of one delivery share a partition. */
  readonly delivery_id: string;
  /** Event time: ISO-8601 in UTC with milliseconds. */
  readonly timestamp: string;
  readonly city: string;
  readonly country: string;
  readonly region: Region;
  /** Degrees, north positive; constant per city. */
  readonly latitude: number;
  /** Degrees, east positive; constant per city. */
  readonly longitude: number;
  readonly gift_type: GiftType;
  readonly gift_count: number;
  readonly status: Status;
  readonly weather: Weather;
  readonly distance_km: number;
  /** Minutes from departure to delivery: an estimate on `en_route` and `delayed`, what it took on `delivered`. */
  readonly delivery_time_minutes: number;
  readonly sleigh_id: string;
  readonly route_variant: 'A' | 'B';
};

/** An event as the generator would send it, of the morning of 24 December 2025: before the clock of `testPipeline`. */
export type Delivery = Readonly<Record<string, unknown>>;

/** An instant of that day: `at('11:00:00')`. */
export const at = (time: string): number => Date.parse(`2025-12-24T${time}Z`);

/** A valid event; each has an identity of its own unless told otherwise. */
export const delivery = (event_id: string, changes: Delivery = {}): Delivery => ({
  event_id,
  delivery_id: 'd1',
  timestamp: '2025-12-24T11:00:00.000Z',
  city: 'Helsinki',
  country: 'Finland',
  region: 'Europe',
  latitude: 60,
  longitude: 25,
  gift_type: 'toys',
  gift_count: 2,
  status: 'delivered',
  weather: 'clear',
  distance_km: 30,
  delivery_time_minutes: 20,
  sleigh_id: 's1',
  route_variant: 'A',
  ...changes,
});

/** The same, that happened at a time of that day. */
export const deliveryAt = (event_id: string, time: string, changes: Delivery = {}): Delivery =>
  delivery(event_id, { timestamp: `2025-12-24T${time}Z`, ...changes });

import { isoTime } from './iso-time.ts';
import type { RawDelivery } from './raw-delivery.ts';

/** What gold needs of a row of `silver_santa_deliveries`. */
export type SilverRow = {
  /** delivery_timestamp, epoch milliseconds. */
  readonly at: number;
  readonly status: string;
  readonly city: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly latitude: number;
  readonly longitude: number;
  readonly gift_type: string | null;
  readonly gift_count: number;
  readonly weather: string | null;
  readonly delivery_time_minutes: number | null;
  readonly effective_speed_kmh: number | null;
  readonly adjusted_delivery_time_minutes: number | null;
};

/** The five expectations of silver, in order. */
export const RULES = [
  'valid_delivery_id',
  'valid_timestamp',
  'valid_status',
  'valid_coordinates',
  'positive_gift_count',
] as const;

/** What silver makes of a bronze row. */
export type SilverVerdict =
  | { readonly outcome: 'accepted'; readonly row: SilverRow }
  | { readonly outcome: 'violation'; readonly rules: readonly string[] }
  | { readonly outcome: 'future' | 'duplicate' };

const MINUTE = 60_000;
const STATUSES = ['en_route', 'delivered', 'delayed'];
const WEATHER_IMPACT = new Map([
  ['clear', 1.0],
  ['cloudy', 1.05],
  ['rain', 1.2],
  ['snow', 1.3],
  ['storm', 1.6],
  ['blizzard', 2.0],
]);

const within = (value: number | null, limit: number): boolean => value !== null && value >= -limit && value <= limit;

/** The names of all rules that a row breaks (E1); null breaks every rule that looks at it (E2). */
function brokenRules(row: RawDelivery, at: number | null): string[] {
  const holds: Record<(typeof RULES)[number], boolean> = {
    valid_delivery_id: row.delivery_id !== null && row.delivery_id !== '',
    valid_timestamp: at !== null,
    valid_status: row.status !== null && STATUSES.includes(row.status),
    valid_coordinates: within(row.latitude, 90) && within(row.longitude, 180),
    positive_gift_count: row.gift_count !== null && row.gift_count > 0,
  };
  return RULES.filter((rule) => !holds[rule]);
}

/** Null where a part is unknown or the result is no finite number. */
function ratio(dividend: number | null, divisor: number | null): number | null {
  const result = dividend === null || divisor === null ? Number.NaN : dividend / divisor;
  return Number.isFinite(result) ? result : null;
}

function enriched(row: RawDelivery, at: number): SilverRow {
  const minutes = row.delivery_time_minutes;
  const impact = WEATHER_IMPACT.get(row.weather ?? '') ?? null;
  return {
    at,
    status: row.status as string,
    city: row.city,
    country: row.country,
    region: row.region,
    latitude: row.latitude as number,
    longitude: row.longitude as number,
    gift_type: row.gift_type,
    gift_count: row.gift_count as number,
    weather: row.weather,
    delivery_time_minutes: minutes,
    effective_speed_kmh: ratio(row.distance_km, ratio(minutes, 60)),
    adjusted_delivery_time_minutes: ratio(minutes, impact),
  };
}

/** Silver over one partition, in the order of its records. */
export class SilverPartition {
  readonly #ingestedAt: number;
  readonly #acceptedAt = new Map<string, number>();
  #greatest = Number.NEGATIVE_INFINITY;

  /** `ingestedAt`: when the records arrived, near enough for the future guard of an hour. */
  constructor(ingestedAt: number) {
    this.#ingestedAt = ingestedAt;
  }

  judge(row: RawDelivery): SilverVerdict {
    const at = row.timestamp === null ? null : isoTime(row.timestamp);
    const rules = brokenRules(row, at);
    if (rules.length > 0 || at === null) return { outcome: 'violation', rules };
    // W4: more than an hour ahead of its own ingestion; it moves nothing.
    if (at - this.#ingestedAt > 60 * MINUTE) return { outcome: 'future' };
    // D1, D2: accepted before, at an event time not older than the greatest accepted one less ten minutes.
    const horizon = this.#greatest - 10 * MINUTE;
    const before = row.event_id === null ? undefined : this.#acceptedAt.get(row.event_id);
    if (before !== undefined && before >= horizon) return { outcome: 'duplicate' };
    this.#greatest = Math.max(this.#greatest, at);
    if (row.event_id !== null) this.#acceptedAt.set(row.event_id, at);
    return { outcome: 'accepted', row: enriched(row, at) };
  }
}

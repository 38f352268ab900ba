import type { Instant } from '@medallion/core';
import type { Delivery, GiftType, Status } from './delivery.ts';
import { createHeap } from './heap.ts';
import type { Random } from './random.ts';
import { createTimestamps } from './timestamps.ts';
import { CITIES } from './world/cities.ts';
import { drawGiftCount, drawGiftType } from './world/gifts.ts';
import { createNight } from './world/night.ts';
import { createFleet } from './world/sleighs.ts';
import { createSky, DELAY_SHARE, WEATHER_FACTOR } from './world/weather.ts';

// A delivery:  (new) ── en_route ──┬───────────────────── delivered
//                                  └── delayed ── ... ── delivered

const MINUTE_MS = 60_000;
/** A sleigh with nine reindeer: 30,000 km/h. */
const KM_PER_MINUTE = 500;
/** Chimneys take a while, wherever they are. */
const CHIMNEY_MINUTES = [1, 4] as const;
/** What a delivery takes, as a share of what was expected. */
const LUCK = [0.85, 1.25] as const;
/** A delayed delivery takes this share of its expected time again. */
const DELAY = [0.4, 1.6] as const;
/**
 * No more deliveries than this are under way in a lane (about 20 MB); above some 1,000 events a second of event time
 * sleighs arrive earlier than they said instead of more of them leaving.
 */
export const MAX_IN_FLIGHT = 100_000;
/** Nearly every delivery that left longer ago than this has arrived. */
const NIGHT_SO_FAR_MS = 20 * MINUTE_MS;
/** Of all events, the share that begins a delivery: each has two, and about one in ten a third. */
const BEGINNINGS = 1 / 2.1;

type InFlight = {
  due: number;
  readonly id: string;
  /** Events sent so far; the next one's number makes its event_id. */
  sent: number;
  readonly city: number;
  readonly sleighId: string;
  readonly distanceKm: number;
  readonly giftType: GiftType;
  readonly giftCount: number;
  readonly variant: 'A' | 'B';
  /** Departure to arrival, as far as anybody knows. */
  minutes: number;
  delayed: boolean;
};

/** Deliveries whose events are told in order. Several lanes share one world but not their deliveries. */
export interface Lane {
  /** The next event that happens at `at`: one that is due, or else the beginning of a new delivery. */
  next(at: Instant): Delivery;
}

/** Where deliveries happen: cities, night, weather and sleighs, and the lanes that tell of them. */
export interface World {
  openLane(): Lane;
  /** A lane in which deliveries that left before `start` are under way, as many as `eventsPerMs` implies. */
  openLaneUnderWay(start: Instant, eventsPerMs: number): Lane;
}

const toHundredths = (minutes: number): number => Math.max(0.01, Math.round(minutes * 100) / 100);

/** A world whose ids start with `tag`, so that two runs do not share any. */
export function createWorld(random: Random, start: Instant, tag: string): World {
  const sky = createSky(random.fork(), start);
  const fleet = createFleet(random.fork());
  const night = createNight();
  const isoText = createTimestamps();
  let count = 0;

  const begin = (at: Instant): InFlight => {
    const city = random.weighted(night(at));
    const { region } = CITIES[city]!;
    const { sleighId, distanceKm } = fleet.send(city);
    const giftType = drawGiftType(random, region);
    const flight = distanceKm / KM_PER_MINUTE + random.between(CHIMNEY_MINUTES[0], CHIMNEY_MINUTES[1]);
    count++;
    return {
      due: 0,
      id: `${tag}-${count}`,
      sent: 0,
      city,
      sleighId,
      distanceKm,
      giftType,
      giftCount: drawGiftCount(random, giftType),
      variant: random.chance(0.5) ? 'A' : 'B',
      minutes: toHundredths(flight * WEATHER_FACTOR[sky.over(region, at)]),
      delayed: false,
    };
  };

  const tell = (one: InFlight, at: Instant, status: Status): Delivery => {
    const city = CITIES[one.city]!;
    one.sent++;
    return {
      event_id: `${one.id}-${one.sent}`,
      delivery_id: one.id,
      timestamp: isoText(at),
      city: city.name,
      country: city.country,
      region: city.region,
      latitude: city.latitude,
      longitude: city.longitude,
      gift_type: one.giftType,
      gift_count: one.giftCount,
      status,
      weather: sky.over(city.region, at),
      distance_km: one.distanceKm,
      delivery_time_minutes: one.minutes,
      sleigh_id: one.sleighId,
      route_variant: one.variant,
    };
  };

  const openLane = (): Lane & { depart(one: InFlight, at: number, notDueBefore: number): void } => {
    const underWay = createHeap<InFlight>();

    /** From here on `minutes` is what the delivery takes; `en_route` has told the estimate. */
    const depart = (one: InFlight, at: number, notDueBefore: number): void => {
      one.minutes = toHundredths(one.minutes * random.between(LUCK[0], LUCK[1]));
      one.due = at + one.minutes * MINUTE_MS;
      if (one.due >= notDueBefore) underWay.push(one);
    };

    const arrive = (one: InFlight, at: Instant): Delivery => {
      const weather = sky.over(CITIES[one.city]!.region, at);
      if (one.delayed || !random.chance(DELAY_SHARE[weather])) return tell(one, at, 'delivered');
      const more = toHundredths(one.minutes * random.between(DELAY[0], DELAY[1]) * WEATHER_FACTOR[weather]);
      one.delayed = true;
      one.minutes = toHundredths(one.minutes + more);
      const event = tell(one, at, 'delayed');
      one.due = at + more * MINUTE_MS;
      underWay.push(one);
      return event;
    };

    const next = (at: Instant): Delivery => {
      const top = underWay.peek();
      if (top !== undefined && (top.due <= at || underWay.size >= MAX_IN_FLIGHT)) {
        underWay.pop();
        return arrive(top, at);
      }
      const one = begin(at);
      const event = tell(one, at, 'en_route');
      depart(one, at, at);
      return event;
    };

    return { next, depart };
  };

  return {
    openLane,
    openLaneUnderWay(start, eventsPerMs) {
      const lane = openLane();
      const departures = Math.min(MAX_IN_FLIGHT, Math.floor(NIGHT_SO_FAR_MS * eventsPerMs * BEGINNINGS));
      const spacing = 1 / (eventsPerMs * BEGINNINGS);
      for (let ago = departures; ago > 0; ago--) {
        const one = begin(start);
        one.sent = 1;
        lane.depart(one, start - ago * spacing, start);
      }
      return lane;
    },
  };
}

import type { Kpi, Overview } from '../../../services/dashboard/src/contract/index.ts';
import type { SilverRow } from '../../oracle/silver.ts';
import { type BatchNight, counts, groups, iso, mean, quotient, rankOf, sorted, sum, windowOf } from './batch-night.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEATHERS = ['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard'];

const measures = (rows: readonly SilverRow[]) => {
  const { events, delivered, delayed, gifts, success_rate, delay_rate } = counts(rows);
  return { events, delivered, delayed, gifts, successRate: success_rate, delayRate: delay_rate };
};

/** The overview as a batch computation from all events, without what it says of its version. */
export function batchOverview(night: BatchNight, minutes: number): Omit<Overview, 'asOf'> {
  const to = night.newestMinute + MINUTE;
  const from = to - minutes * MINUTE;
  const earlier = from - minutes * MINUTE;
  const [value, before] = [night.within(1, from, to), night.within(1, earlier, from)];
  const kpi = (of: (rows: readonly SilverRow[]) => number | null): Kpi => ({ value: of(value), before: of(before) });
  const active = (a: number, b: number): number =>
    new Set(
      night
        .within(15, a, b)
        .map(({ city }) => city)
        .filter((city) => city !== null),
    ).size;
  const starts = Array.from({ length: minutes }, (_, i) => from + i * MINUTE);
  const perMinute = starts.map((start) => measures(value.filter(({ at }) => windowOf(at, 1) === start)));
  const all = night.inTime(10);
  return {
    range: { from: iso(from), to: iso(to), minutes },
    kpis: {
      deliveries: kpi((rows) => counts(rows).delivered),
      successRate: kpi((rows) => counts(rows).success_rate),
      delayRate: kpi((rows) => counts(rows).delay_rate),
      gifts: kpi((rows) => counts(rows).gifts),
      avgMinutes: kpi((rows) => mean(rows.map((row) => row.delivery_time_minutes))),
      avgAdjustedMinutes: kpi((rows) => mean(rows.map((row) => row.adjusted_delivery_time_minutes))),
      activeCities: { value: active(from, to), before: active(earlier, from) },
    },
    minutes: {
      start: starts.map(iso),
      final: starts.map((start) => night.isFinal(start, 1)),
      events: perMinute.map((minute) => minute.events),
      delivered: perMinute.map((minute) => minute.delivered),
      delayed: perMinute.map((minute) => minute.delayed),
      gifts: perMinute.map((minute) => minute.gifts),
      successRate: perMinute.map((minute) => minute.successRate),
      delayRate: perMinute.map((minute) => minute.delayRate),
    },
    regions: inOrder(
      groups(night.within(5, from, to), ({ region }) => [region]).map(([[region], rows]) => ({
        region: region ?? '(none)',
        latitude: mean(rows.map(({ latitude }) => latitude)),
        longitude: mean(rows.map(({ longitude }) => longitude)),
        ...measures(rows),
      })),
      ...['-events', 'region'],
    ),
    ...places(night.within(15, from, to), to - 1),
    giftTypes: inOrder(
      groups(night.within(5, from, to), ({ gift_type }) => [gift_type]).map(([[giftType], rows]) => {
        const times = rows.map((row) => row.delivery_time_minutes).filter((time) => time !== null);
        return {
          giftType: giftType ?? '(none)',
          ...measures(rows),
          minMinutes: times.length === 0 ? null : Math.min(...times),
          avgMinutes: mean(times),
          maxMinutes: times.length === 0 ? null : Math.max(...times),
        };
      }),
      ...['-gifts', 'giftType'],
    ),
    weather: inOrder(
      WEATHERS.map((weather) => {
        const { events, delayed } = counts(night.within(10, from, to).filter((row) => row.weather === weather));
        return { weather, events, delayed, delayRate: quotient(delayed, events) };
      }),
      ...['-events', 'weather'],
    ),
    totals: {
      ...{ events: all.length, delivered: counts(all).delivered },
      ...{ delayed: counts(all).delayed, gifts: counts(all).gifts },
      since: iso(Math.min(...all.map(({ at }) => windowOf(at, 10)))),
    },
  };
}

const inOrder = <T extends object>(rows: readonly T[], ...columns: readonly string[]): T[] =>
  [...sorted(rows as never, ...columns)] as unknown as T[];

function places(rows: readonly SilverRow[], at: number): Pick<Overview, 'cities' | 'zones'> {
  const found = groups(rows, (row) => [row.city, row.country, row.latitude, row.longitude]).map(([, those]) => ({
    city: those[0]!.city ?? '(none)',
    country: those[0]!.country ?? '(none)',
    latitude: those[0]!.latitude,
    longitude: those[0]!.longitude,
    ...measures(those),
  }));
  const cities = found.map((city) => ({
    ...city,
    rankByGifts: rankOf(
      city.gifts,
      found.map(({ gifts }) => gifts),
    ),
    rankByVolume: rankOf(
      city.events,
      found.map(({ events }) => events),
    ),
  }));
  const ordered = inOrder(cities, 'rankByGifts', 'city', 'country', 'latitude', 'longitude');
  const zones = [...Map.groupBy(ordered, ({ longitude }) => Math.round(longitude / 15) + 0)].map(([offset, those]) => ({
    zone: offset === 0 ? 'UTC' : `UTC${offset > 0 ? '+' : ''}${offset}`,
    offsetHours: offset,
    cities: [...new Set(those.map(({ city }) => city))],
    events: sum(those.map(({ events }) => events)),
    delivered: sum(those.map(({ delivered }) => delivered)),
    gifts: sum(those.map(({ gifts }) => gifts)),
    state: nightOf(at + offset * HOUR),
  }));
  return { cities: ordered, zones: inOrder(zones, '-offsetHours') };
}

/** Of a local solar time near Christmas: the night is from 21:00 on the 24th to 04:00 on the 25th. */
function nightOf(local: number): 'before' | 'during' | 'after' {
  const midnight = Date.UTC(new Date(local).getUTCFullYear(), 11, 25);
  if (local < midnight - 3 * HOUR) return 'before';
  return local < midnight + 4 * HOUR ? 'during' : 'after';
}

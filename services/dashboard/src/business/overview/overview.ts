import { type Instant, instant, isoString } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type {
  AsOf,
  CityTotals,
  GiftTotals,
  Kpi,
  Kpis,
  Minutes,
  Overview,
  RegionTotals,
  Totals,
  WeatherTotals,
} from '../../contract/index.ts';
import { type Range, rangeOf } from './range.ts';
import { ACTIVE_CITIES, CITIES, GIFT_TYPES, MINUTES, NEWEST, REGIONS, TOTALS, WEATHER } from './sql.ts';
import { zonesOf } from './zones.ts';

const MINUTE_MS = 60_000;

type Measures = {
  readonly events: number;
  readonly delivered: number;
  readonly delayed: number;
  readonly gifts: number;
};
type MinuteRow = {
  readonly window_start: number;
  readonly events: number;
  readonly delivered_count: number;
  readonly delayed_count: number;
  readonly gifts_delivered: number;
  readonly minutes_sum: number;
  readonly minutes_count: number;
  readonly adjusted_sum: number;
  readonly adjusted_count: number;
};
type Sums = Omit<MinuteRow, 'window_start'>;

/** A share of what is finished; null where nothing is. */
export const rate = (part: number, delivered: number, delayed: number): number | null =>
  delivered + delayed === 0 ? null : part / (delivered + delayed);

/** Reads all of the overview, in the snapshot of the one who asks: nine queries, each of a few windows. */
export async function readOverview(query: Query, asOf: AsOf, now: Instant, minutes: number): Promise<Overview> {
  const [head] = await query<{ newest: Instant | null; final_through: number | null }>(NEWEST);
  const range = rangeOf(head?.newest ?? null, now, minutes);
  const [before, from, to] = [range.before, range.from, range.to].map(isoString) as [string, string, string];
  const rows = await query<MinuteRow>(MINUTES, [before, to]);
  const cities = (await query<CityRow>(CITIES, [from, to])).map(cityOf);
  const [active] = await query<{ before: number; value: number }>(ACTIVE_CITIES, [before, from, to]);
  return {
    asOf,
    range: { from, to, minutes },
    kpis: kpisOf(rows, range, active!),
    minutes: minutesOf(rows, range, head?.final_through ?? Number.NEGATIVE_INFINITY),
    regions: (await query<RegionRow>(REGIONS, [from, to])).map(regionOf),
    cities,
    giftTypes: (await query<GiftRow>(GIFT_TYPES, [from, to])).map(giftOf),
    weather: (await query<WeatherRow>(WEATHER, [from, to])).map(weatherOf),
    // The last millisecond that is shown says how far the night is.
    zones: zonesOf(cities, instant(range.to - 1)),
    totals: totalsOf((await query<TotalsRow>(TOTALS))[0]),
  };
}

function kpisOf(rows: readonly MinuteRow[], { from }: Range, activeCities: Kpi): Kpis {
  const value = sums(rows.filter((row) => row.window_start >= from));
  const before = sums(rows.filter((row) => row.window_start < from));
  const kpi = (of: (sums: Sums) => number | null): Kpi => ({ value: of(value), before: of(before) });
  const mean = (sum: number, count: number): number | null => (count === 0 ? null : sum / count);
  return {
    deliveries: kpi((s) => s.delivered_count),
    successRate: kpi((s) => rate(s.delivered_count, s.delivered_count, s.delayed_count)),
    delayRate: kpi((s) => rate(s.delayed_count, s.delivered_count, s.delayed_count)),
    gifts: kpi((s) => s.gifts_delivered),
    avgMinutes: kpi((s) => mean(s.minutes_sum, s.minutes_count)),
    avgAdjustedMinutes: kpi((s) => mean(s.adjusted_sum, s.adjusted_count)),
    activeCities,
  };
}

const NOTHING: Sums = {
  ...{ events: 0, delivered_count: 0, delayed_count: 0, gifts_delivered: 0 },
  ...{ minutes_sum: 0, minutes_count: 0, adjusted_sum: 0, adjusted_count: 0 },
};

const sums = (rows: readonly MinuteRow[]): Sums =>
  rows.reduce(
    (total, row) => ({
      events: total.events + row.events,
      delivered_count: total.delivered_count + row.delivered_count,
      delayed_count: total.delayed_count + row.delayed_count,
      gifts_delivered: total.gifts_delivered + row.gifts_delivered,
      minutes_sum: total.minutes_sum + row.minutes_sum,
      minutes_count: total.minutes_count + row.minutes_count,
      adjusted_sum: total.adjusted_sum + row.adjusted_sum,
      adjusted_count: total.adjusted_count + row.adjusted_count,
    }),
    NOTHING,
  );

function minutesOf(rows: readonly MinuteRow[], { from, minutes }: Range, finalThrough: number): Minutes {
  const found = new Map(rows.map((row) => [row.window_start, row]));
  const starts = Array.from({ length: minutes }, (_, i) => instant(from + i * MINUTE_MS));
  const of = starts.map((start): Sums => found.get(start) ?? NOTHING);
  return {
    start: starts.map(isoString),
    final: starts.map((start) => start + MINUTE_MS <= finalThrough),
    events: of.map((row) => row.events),
    delivered: of.map((row) => row.delivered_count),
    delayed: of.map((row) => row.delayed_count),
    gifts: of.map((row) => row.gifts_delivered),
    successRate: of.map((row) => rate(row.delivered_count, row.delivered_count, row.delayed_count)),
    delayRate: of.map((row) => rate(row.delayed_count, row.delivered_count, row.delayed_count)),
  };
}

const measuresOf = ({ events, delivered, delayed, gifts }: Measures) => ({
  ...{ events, delivered, delayed, gifts },
  successRate: rate(delivered, delivered, delayed),
  delayRate: rate(delayed, delivered, delayed),
});

type RegionRow = Measures & { readonly region: string; readonly latitude: number; readonly longitude: number };
const regionOf = ({ region, latitude, longitude, ...row }: RegionRow): RegionTotals => ({
  ...{ region, latitude, longitude },
  ...measuresOf(row),
});

type CityRow = Measures & {
  readonly city: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly rank_by_gifts: number;
  readonly rank_by_volume: number;
};
const cityOf = ({ city, country, latitude, longitude, ...row }: CityRow): CityTotals => ({
  ...{ city, country, latitude, longitude },
  ...measuresOf(row),
  ...{ rankByGifts: row.rank_by_gifts, rankByVolume: row.rank_by_volume },
});

type GiftRow = Measures & {
  readonly gift_type: string;
  readonly min_minutes: number | null;
  readonly avg_minutes: number | null;
  readonly max_minutes: number | null;
};
const giftOf = ({ gift_type, min_minutes, avg_minutes, max_minutes, ...row }: GiftRow): GiftTotals => ({
  giftType: gift_type,
  ...measuresOf(row),
  ...{ minMinutes: min_minutes, avgMinutes: avg_minutes, maxMinutes: max_minutes },
});

type WeatherRow = { readonly weather: string; readonly events: number; readonly delayed: number };
/** Of all events in that weather, as what became of them is counted for the delayed alone. */
const weatherOf = ({ weather, events, delayed }: WeatherRow): WeatherTotals => ({
  ...{ weather, events, delayed },
  delayRate: events === 0 ? null : delayed / events,
});

type TotalsRow = Measures & { readonly since: Instant | null };
const totalsOf = (row: TotalsRow | undefined): Totals => ({
  events: row?.events ?? 0,
  delivered: row?.delivered ?? 0,
  delayed: row?.delayed ?? 0,
  gifts: row?.gifts ?? 0,
  since: row === undefined || row.since === null ? null : isoString(row.since),
});

import type { SilverRow } from '../../oracle/silver.ts';
import {
  type BatchNight,
  type BatchRow,
  type Cell,
  counts,
  groups,
  iso,
  mean,
  quotient,
  rankOf,
  sorted,
  sum,
  windowOf,
} from './batch-night.ts';

/** What a query is asked for; event time in milliseconds. */
export type BatchAsked = {
  readonly from: number;
  readonly to: number;
  readonly region?: string;
  readonly gift_type?: string;
  readonly city?: string;
  readonly limit?: number;
};

/** A query, computed from all events. Rows may have columns that the query does not show. */
export type BatchQuery = (night: BatchNight, asked: BatchAsked) => readonly BatchRow[];

const chosen = (rows: readonly SilverRow[], { region, gift_type, city }: BatchAsked): readonly SilverRow[] =>
  rows.filter(
    (row) =>
      (region === undefined || row.region === region) &&
      (gift_type === undefined || row.gift_type === gift_type) &&
      (city === undefined || row.city === city),
  );

/** Windows and groups, with what all count. */
function trend(
  night: BatchNight,
  asked: BatchAsked,
  size: number,
  keyOf: (row: SilverRow) => Readonly<Record<string, Cell>>,
): readonly BatchRow[] {
  const rows = chosen(night.within(size, asked.from, asked.to), asked);
  return groups(rows, (row) => [windowOf(row.at, size), ...Object.values(keyOf(row))]).map(([[start], those]) => ({
    ...{ window_start: iso(start as number), ...keyOf(those[0]!), ...counts(those) },
    is_final: night.isFinal(start as number, size),
  }));
}

/** The newest so many rows, in order of time. */
const newest = (rows: readonly BatchRow[], limit: number, ...within: readonly string[]): readonly BatchRow[] =>
  sorted(sorted(rows, '-window_start', ...within).slice(0, limit), 'window_start', ...within);

const groupsOf = (
  night: BatchNight,
  asked: BatchAsked,
  size: number,
  keyOf: (row: SilverRow) => Readonly<Record<string, Cell>>,
): readonly (readonly [Readonly<Record<string, Cell>>, readonly SilverRow[]])[] =>
  groups(chosen(night.within(size, asked.from, asked.to), asked), (row) => Object.values(keyOf(row))).map(
    ([, those]) => [keyOf(those[0]!), those],
  );

const place = ({ city, country, latitude, longitude }: SilverRow) => ({ city, country, latitude, longitude });
const durations = (rows: readonly SilverRow[]) => ({
  avg_adjusted_minutes: mean(rows.map((row) => row.adjusted_delivery_time_minutes)),
  avg_speed_kmh: mean(rows.map((row) => row.effective_speed_kmh)),
});
const extremes = (rows: readonly SilverRow[]) => {
  const times = rows.map((row) => row.delivery_time_minutes).filter((time) => time !== null);
  return times.length === 0
    ? { min_minutes: null, max_minutes: null }
    : { min_minutes: Math.min(...times), max_minutes: Math.max(...times) };
};

/** Cities with their ranks among all of the rows. */
function ranked(
  all: readonly (readonly [Readonly<Record<string, Cell>>, readonly SilverRow[]])[],
): readonly BatchRow[] {
  const counted = all.map(([key, those]) => ({ ...key, ...counts(those) }));
  const [gifts, events] = [counted.map((row) => row.gifts), counted.map((row) => row.events)];
  return counted.map((row) => ({
    ...row,
    rank_by_gifts: rankOf(row.gifts, gifts),
    rank_by_volume: rankOf(row.events, events),
  }));
}

const PLACE = ['city', 'country', 'latitude', 'longitude'];
const WEATHERS = ['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard'];

/** The fourteen queries as batch computations. */
export const BATCH_QUERIES: Readonly<Record<string, BatchQuery>> = {
  'delivery-kpis': (night, { from, to }) => {
    const rows = night.within(1, from, to);
    return [{ ...counts(rows), ...durations(rows) }];
  },
  'deliveries-per-minute': (night, asked) =>
    newest(
      trend(night, asked, 1, () => ({})),
      asked.limit ?? 1_440,
    ),
  'success-and-delay-rate': (night, asked) =>
    newest(
      trend(night, asked, 5, () => ({})),
      asked.limit ?? 1_000,
    ),
  'deliveries-by-region': (night, asked) =>
    sorted(
      groupsOf(night, asked, 5, ({ region }) => ({ region })).map(([key, rows]) => ({ ...key, ...counts(rows) })),
      ...['-delivered', 'region'],
    ),
  'region-trend': (night, asked) =>
    newest(
      trend(night, asked, 5, ({ region }) => ({ region })),
      asked.limit ?? 2_000,
      'region',
    ),
  'gift-types': (night, asked) =>
    sorted(
      groupsOf(night, asked, 5, ({ gift_type }) => ({ gift_type })).map(([key, rows]) => ({
        ...{ ...key, ...counts(rows), ...extremes(rows) },
      })),
      ...['-gifts', 'gift_type'],
    ),
  'gift-type-trend': (night, asked) =>
    newest(
      trend(night, asked, 5, ({ gift_type }) => ({ gift_type })),
      asked.limit ?? 2_000,
      'gift_type',
    ),
  'top-cities': (night, { city, ...asked }) =>
    sorted(ranked(groupsOf(night, asked, 15, place)), 'rank_by_gifts', 'rank_by_volume', ...PLACE)
      .filter((row) => city === undefined || row.city === city)
      .slice(0, asked.limit ?? 20),
  'city-history': (night, { city, ...asked }) => {
    const windows = Map.groupBy(night.within(15, asked.from, asked.to), ({ at }) => windowOf(at, 15));
    const rows = [...windows].flatMap(([start, those]) =>
      ranked(groups(those, (row) => Object.values(place(row))).map(([, each]) => [place(each[0]!), each])).map(
        (row) => ({
          ...row,
          ...{ window_start: iso(start), is_final: night.isFinal(start, 15) },
        }),
      ),
    );
    const of = rows.filter((row) => city === undefined || (row as BatchRow).city === city);
    return newest(of, asked.limit ?? 1_000, 'rank_by_gifts', ...PLACE);
  },
  'night-progress': (night, asked) => {
    const all = sorted(
      trend(night, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, 10, () => ({})),
      'window_start',
    );
    const totals = { total_events: 0, total_delivered: 0, total_delayed: 0, total_gifts: 0 };
    const rows = all.map((row): BatchRow => {
      totals.total_events += row.events as number;
      totals.total_delivered += row.delivered as number;
      totals.total_delayed += row.delayed as number;
      totals.total_gifts += row.gifts as number;
      return { ...row, ...totals };
    });
    const shown = rows.filter(({ window_start }) => {
      const start = Date.parse(window_start as string);
      return start + 600_000 > asked.from && start < asked.to;
    });
    return newest(shown, asked.limit ?? 1_000);
  },
  'weather-breakdown': (night, { from, to }) => {
    const rows = night.within(10, from, to);
    if (rows.length === 0) return [];
    const of = WEATHERS.map((weather) => {
      const under = rows.filter((row) => row.weather === weather);
      const { events, delayed } = counts(under);
      return { weather, events, delayed, delayed_share: quotient(delayed, events) };
    });
    return sorted(of, '-events', 'weather');
  },
  'progress-by-time-zone': (night, asked) =>
    sorted(
      groupsOf(night, asked, 15, ({ longitude }) => ({ utc_offset: Math.round(longitude / 15) + 0 })).map(
        ([key, rows]) => ({
          ...{ ...key, ...counts(rows) },
          cities: new Set(rows.map(({ city }) => city).filter((city) => city !== null)).size,
        }),
      ),
      '-utc_offset',
    ),
  'delay-hotspots': (night, asked) =>
    sorted(
      groupsOf(night, asked, 15, ({ city, country }) => ({ city, country }))
        .map(([key, rows]): BatchRow => ({ ...key, ...counts(rows) }))
        .filter(({ delayed }) => (delayed as number) > 0),
      ...['-delayed', '-delay_rate', 'city', 'country'],
    ).slice(0, asked.limit ?? 20),
  'travel-times': (night, asked) =>
    // Where no time is known there is nothing to order by: last.
    sorted(
      groupsOf(night, asked, 5, ({ region }) => ({ region })).map(([key, rows]) => ({
        ...{ ...key, ...counts(rows), ...durations(rows), unknown: counts(rows).avg_minutes === null },
        timed: rows.filter((row) => row.delivery_time_minutes !== null).length,
        minutes: sum(rows.map((row) => row.delivery_time_minutes)),
      })),
      ...['unknown', '-avg_minutes', 'region'],
    ),
};

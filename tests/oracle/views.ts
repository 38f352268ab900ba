import type { SilverRow } from './silver.ts';

/** A row of a gold table: timestamps are epoch milliseconds. */
export type GoldRow = Readonly<Record<string, string | number | boolean | null>>;
type Writable = Record<string, string | number | boolean | null>;

/** The values of the group columns, in order. */
export type Ordered = readonly (string | number | null)[];

/** The five gold tables. */
export type ViewName =
  | 'gold_delivery_summary_realtime'
  | 'gold_delivery_by_region'
  | 'gold_delivery_by_gift_type'
  | 'gold_overall_progress'
  | 'gold_top_cities';

/** A gold table as pipelines.md §1 describes it. */
export type ViewDefinition = {
  readonly name: ViewName;
  readonly sizeMs: number;
  readonly groupBy: readonly ('region' | 'gift_type' | 'city' | 'country' | 'latitude' | 'longitude')[];
  /** Measures beside the common ones. */
  readonly extra: (rows: readonly SilverRow[]) => Writable;
  /** Columns that depend on the other rows of the table. */
  readonly across?: (rows: Writable[]) => void;
};

const MINUTE = 60_000;

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** Of the known values; null where there is none (A2). */
function mean(values: readonly (number | null)[]): number | null {
  const measured = known(values);
  return measured.length === 0 ? null : measured.reduce((sum, value) => sum + value, 0) / measured.length;
}

const distinct = (values: readonly (string | null)[]): number => new Set(values.filter((value) => value !== null)).size;

const quotient = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function commonMeasures(rows: readonly SilverRow[]): Writable {
  const having = (status: string): SilverRow[] => rows.filter((row) => row.status === status);
  const delivered = having('delivered');
  const delayed = having('delayed');
  return {
    events: rows.length,
    delivered_count: delivered.length,
    delayed_count: delayed.length,
    en_route_count: having('en_route').length,
    success_rate: quotient(delivered.length, delivered.length + delayed.length),
    delay_rate: quotient(delayed.length, delivered.length + delayed.length),
    gifts_delivered: delivered.reduce((sum, row) => sum + row.gift_count, 0),
    avg_delivery_time_minutes: mean(rows.map((row) => row.delivery_time_minutes)),
    avg_adjusted_delivery_time_minutes: mean(rows.map((row) => row.adjusted_delivery_time_minutes)),
    avg_effective_speed_kmh: mean(rows.map((row) => row.effective_speed_kmh)),
  };
}

function byWeather(rows: readonly SilverRow[]): Writable {
  const columns: Writable = {};
  for (const weather of ['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard']) {
    const under = rows.filter((row) => row.weather === weather);
    columns[`events_${weather}`] = under.length;
    columns[`delayed_${weather}`] = under.filter((row) => row.status === 'delayed').length;
  }
  return columns;
}

function minMax(rows: readonly SilverRow[]): Writable {
  const times = known(rows.map((row) => row.delivery_time_minutes));
  return {
    min_delivery_time_minutes: times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)),
    max_delivery_time_minutes: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b)),
  };
}

/** Totals since the start, window after window. */
function cumulate(rows: Writable[]): void {
  const totals = { total_events: 0, total_delivered: 0, total_delayed: 0, total_gifts_delivered: 0 };
  for (const row of rows.sort((a, b) => Number(a.window_start) - Number(b.window_start))) {
    totals.total_events += Number(row.events);
    totals.total_delivered += Number(row.delivered_count);
    totals.total_delayed += Number(row.delayed_count);
    totals.total_gifts_delivered += Number(row.gifts_delivered);
    Object.assign(row, totals);
  }
}

/** Rank within the window: one more than there are cities with a greater measure. */
function rank(rows: Writable[]): void {
  for (const window of Map.groupBy(rows, (row) => row.window_start).values())
    for (const [rank, measure] of [
      ['rank_by_gifts', 'gifts_delivered'],
      ['rank_by_volume', 'events'],
    ] as const) {
      const greatestFirst = window.map((row) => Number(row[measure])).sort((a, b) => b - a);
      for (const row of window) row[rank] = greatestFirst.indexOf(Number(row[measure])) + 1;
    }
}

/** Every gold table of the pipeline. */
export const VIEWS: readonly ViewDefinition[] = [
  {
    name: 'gold_delivery_summary_realtime',
    sizeMs: MINUTE,
    groupBy: [],
    extra: (rows) => ({ active_cities: distinct(rows.map((row) => row.city)) }),
  },
  {
    name: 'gold_delivery_by_region',
    sizeMs: 5 * MINUTE,
    groupBy: ['region'],
    extra: (rows) => ({
      countries: distinct(rows.map((row) => row.country)),
      mean_latitude: mean(rows.map((row) => row.latitude)),
      mean_longitude: mean(rows.map((row) => row.longitude)),
    }),
  },
  { name: 'gold_delivery_by_gift_type', sizeMs: 5 * MINUTE, groupBy: ['gift_type'], extra: minMax },
  { name: 'gold_overall_progress', sizeMs: 10 * MINUTE, groupBy: [], extra: byWeather, across: cumulate },
  {
    name: 'gold_top_cities',
    sizeMs: 15 * MINUTE,
    groupBy: ['city', 'country', 'latitude', 'longitude'],
    extra: () => ({}),
    across: rank,
  },
];

/** The columns of one row that depend on its own rows alone. */
export function columnsOf(view: ViewDefinition, start: number, group: Ordered, rows: readonly SilverRow[]): GoldRow {
  const groups: Writable = {};
  view.groupBy.forEach((column, i) => {
    groups[column] = group[i]!;
  });
  return {
    window_start: start,
    window_end: start + view.sizeMs,
    ...groups,
    ...commonMeasures(rows),
    ...view.extra(rows),
  };
}

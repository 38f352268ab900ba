import type { Query } from '@medallion/postgres';
import type { Page } from '../support/browser.ts';

/** What the business page says: its numbers by their names, its tables and captions by their pictures. */
export type PageNumbers = {
  readonly numbers: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly captions: Readonly<Record<string, string>>;
};

/** Reads all of it from the page; of a long table only the rows in sight are in the page. */
const READ = `(() => {
  const named = (nodes, name, value) => Object.fromEntries([...document.querySelectorAll(nodes)].map((each) => [name(each), value(each)]));
  const text = (selector) => (each) => each.querySelector(selector).textContent;
  return {
    numbers: named('.kpis > div, .totals > div', text('dt'), text('dd')),
    tables: named('section:has(figure table)', text('h2'), (section) =>
      [...section.querySelector('table').tBodies[0].rows].map((row) => [...row.cells]).filter(([cell]) => !cell.matches('.gap')).map((cells) => cells.map((cell) => cell.textContent))),
    captions: named('section:has(figcaption)', text('h2'), text('figcaption')),
  };
})()`;

/** Notes what the page says at each version of the tables, as soon as all of it is drawn. */
const WATCH = `(() => {
  window.seen = {};
  const look = () => {
    const version = document.querySelector('[data-version]')?.getAttribute('data-version');
    if (version != null) window.seen[version] = ${READ};
  };
  new MutationObserver(() => requestAnimationFrame(look)).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
})()`;

/** From now on the page notes what it says; the answer is what it said so far, by version. */
export async function watchNumbers(page: Page): Promise<() => Promise<Readonly<Record<string, PageNumbers>>>> {
  await page.evaluate(WATCH);
  return () => page.evaluate('window.seen');
}

const TABLES = 'santa_deliveries.gold_';
/** The range that ends with the newest minute, and the windows of a table that share an instant with it. */
const RANGE = `WITH span AS (
  SELECT newest + interval '1 minute' - make_interval(mins => $1) AS since, newest + interval '1 minute' AS til
  FROM (SELECT max(window_start) AS newest FROM ${TABLES}delivery_summary_realtime) AS n)`;
const WITHIN = 'window_end > since AND window_start < til';
const SUMS = `sum(gifts_delivered)::int AS gifts, sum(events)::int AS events, sum(delivered_count)::int AS delivered,
  sum(delayed_count)::int AS delayed`;

/** By plain queries over the gold tables; averages by their stored sums, as an average of averages would be another one. */
const STATEMENTS = {
  key: `${RANGE} SELECT ${SUMS},
    sum(avg_delivery_time_minutes__sum) / sum(avg_delivery_time_minutes__count) AS minutes,
    sum(avg_adjusted_delivery_time_minutes__sum) / sum(avg_adjusted_delivery_time_minutes__count) AS adjusted,
    (SELECT count(DISTINCT city)::int FROM ${TABLES}top_cities, span WHERE ${WITHIN}) AS active
    FROM ${TABLES}delivery_summary_realtime__state, span WHERE window_start >= since AND window_start < til`,
  minute: `${RANGE} SELECT coalesce(events, 0)::int AS events, coalesce(delivered_count, 0)::int AS delivered,
    coalesce(delayed_count, 0)::int AS delayed, coalesce(is_final, window_start + interval '1 minute' <=
      (SELECT final_through FROM medallion.watermarks WHERE source = 'silver_santa_deliveries')) AS final
    FROM span, generate_series(since, til - interval '1 minute', interval '1 minute') AS window_start
    LEFT JOIN ${TABLES}delivery_summary_realtime USING (window_start) ORDER BY window_start DESC`,
  region: `${RANGE} SELECT coalesce(region, '(none)') AS name, ${SUMS} FROM ${TABLES}delivery_by_region, span
    WHERE ${WITHIN} GROUP BY region`,
  city: `${RANGE} SELECT coalesce(city, '(none)') AS name, coalesce(country, '(none)') AS country, longitude, ${SUMS}
    FROM ${TABLES}top_cities, span WHERE ${WITHIN} GROUP BY city, country, latitude, longitude`,
  gift: `${RANGE} SELECT coalesce(gift_type, '(none)') AS name, ${SUMS}, min(min_delivery_time_minutes) AS least,
    sum(avg_delivery_time_minutes__sum) / sum(avg_delivery_time_minutes__count) AS mean,
    max(max_delivery_time_minutes) AS most
    FROM (SELECT *, window_start + interval '5 minutes' AS window_end FROM ${TABLES}delivery_by_gift_type__state) AS g, span
    WHERE ${WITHIN} GROUP BY gift_type`,
  weather: `${RANGE} SELECT name, sum((p ->> ('events_' || name))::int)::int AS events,
    sum((p ->> ('delayed_' || name))::int)::int AS delayed
    FROM unnest(ARRAY['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard']) AS name, span,
    LATERAL (SELECT to_jsonb(o) AS p FROM ${TABLES}overall_progress AS o WHERE ${WITHIN}) AS progress GROUP BY name`,
  totals: `SELECT sum(gifts_delivered)::int AS gifts, sum(events)::int AS events, sum(delivered_count)::int AS delivered,
    sum(delayed_count)::int AS delayed FROM ${TABLES}overall_progress`,
} as const;

type Sums = { readonly gifts: number; readonly events: number; readonly delivered: number; readonly delayed: number };
type Named = Sums & { readonly name: string };
type Rows = {
  readonly key: Sums & { readonly minutes: number; readonly adjusted: number; readonly active: number };
  readonly minute: Omit<Sums, 'gifts'> & { readonly final: boolean };
  readonly region: Named;
  readonly city: Named & { readonly country: string; readonly longitude: number };
  readonly gift: Named & { readonly least: number; readonly mean: number; readonly most: number };
  readonly weather: { readonly name: string; readonly events: number; readonly delayed: number };
  readonly totals: Sums;
};
type Read = { readonly [K in keyof Rows]: readonly Rows[K][] };

/** What the page of so many minutes should say, by SQL; `query` reads one snapshot. */
export async function numbersBySql(query: Query, minutes: number): Promise<PageNumbers> {
  const read: Record<string, readonly object[]> = {};
  for (const [name, sql] of Object.entries(STATEMENTS))
    read[name] = await query(sql, sql.includes('$1') ? [minutes] : []);
  return written(read as unknown as Read);
}

const count = (value: number): string => new Intl.NumberFormat('en').format(value);
const decimal = (value: number): string =>
  new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${decimal((100 * part) / whole)}\u00a0%`;
const min = (value: number | null): string => (value === null ? '–' : `${decimal(value)}\u00a0min`);
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const late = ({ delivered, delayed }: Sums): string => percent(delayed, delivered + delayed);
const total = (rows: readonly number[]): number => rows.reduce((sum, value) => sum + value, 0);

/** As the page writes it. */
function written({ key: [key], minute, region, city, gift, weather, totals: [totals] }: Read): PageNumbers {
  const { delivered, delayed, gifts, minutes, adjusted, active } = key!;
  const all = total(minute.map(({ events }) => events));
  return {
    numbers: {
      Deliveries: count(delivered),
      'Success rate': percent(delivered, delivered + delayed),
      'Delay rate': percent(delayed, delivered + delayed),
      'Gifts delivered': count(gifts),
      'Average time': min(minutes),
      'Weather-adjusted time': min(adjusted),
      'Active cities': count(active),
      'Gifts so far': count(totals!.gifts),
      Delivered: count(totals!.delivered),
      Delayed: count(totals!.delayed),
      Events: count(totals!.events),
    },
    tables: {
      'Events per minute': minute.map((row) => [
        ...[row.events, row.delivered, row.delayed].map(count),
        row.final ? 'final' : 'provisional',
      ]),
      'Success and delay per minute': minute.map((row) => [
        ...[row.delivered, row.delayed].map((part) => percent(part, row.delivered + row.delayed)),
        row.final ? 'final' : 'provisional',
      ]),
      'Where the gifts go': region.map((row) => [row.name, count(row.gifts), count(row.events), late(row)]),
      Cities: city.map((row) => [
        ...[row.name, row.country],
        ...[row.gifts, row.events, row.delivered, row.delayed].map(count),
        late(row),
      ]),
      'Gift types': gift.map((row) => [
        ...[capital(row.name), count(row.gifts), count(row.events), late(row)],
        ...[row.least, row.mean, row.most].map(min),
      ]),
      Weather: weather.map(({ name, events, delayed: late }) => [
        ...[capital(name), count(events), count(late)],
        percent(late, events),
      ]),
      'Progress of the night': [...Map.groupBy(city, ({ longitude }) => Math.round(longitude / 15) + 0)].map(
        ([zone, those]) => [
          zone === 0 ? 'UTC' : `UTC${zone > 0 ? '+' : ''}${zone}`,
          count(total(those.map((each) => each.gifts))),
          count(total(those.map((each) => each.delivered))),
          count(total(those.map((each) => each.events))),
          [...new Set(those.map(({ name }) => name))].sort().join(', '),
        ],
      ),
    },
    captions: {
      'Events per minute': `${count(all)} events, ${count(total(minute.map((row) => row.delivered)))} delivered and ${count(total(minute.map((row) => row.delayed)))} delayed; ${decimal(all / minute.length)} events a minute on average.`,
      'Success and delay per minute': `Of what was delivered or delayed, ${percent(delivered, delivered + delayed)} was delivered.`,
    },
  };
}

/** How what the page says differs from that, as lines; what is not on show cannot. */
export function differences(shown: PageNumbers, wanted: PageNumbers): readonly string[] {
  const lines: string[] = [];
  const compare = (what: string, page: unknown, sql: unknown): void => {
    const [a, b] = [JSON.stringify(page), JSON.stringify(sql)];
    if (a !== b) lines.push(`${what}: the page says ${a}, SQL ${b}`);
  };
  for (const [name, value] of Object.entries(shown.numbers)) compare(name, value, wanted.numbers[name]);
  for (const [name, text] of Object.entries(wanted.captions))
    if (!shown.captions[name]?.startsWith(text)) compare(name, shown.captions[name], text);
  for (const [name, rows] of Object.entries(shown.tables)) {
    const expected = wanted.tables[name] ?? [];
    // Minutes are in order, and may be too many for all of them to be in the page; their time is their place.
    if (name.endsWith('per minute')) {
      const cells = rows.map(([, ...row]) => row);
      compare(name, cells, expected.slice(0, cells.length));
    } else if (name === 'Progress of the night') {
      const without = rows.map(([zone, , ...row]) => [zone, ...row.slice(0, -1), inOrder(row.at(-1))]);
      compare(name, without, expected.toSorted(eastFirst));
    } else compare(name, sorted(rows), sorted(expected));
  }
  return lines;
}

const inOrder = (cities: string | undefined): string => (cities ?? '').split(', ').sort().join(', ');
const sorted = (rows: readonly (readonly string[])[]): readonly string[] => rows.map((row) => row.join(' | ')).sort();
const hours = (row: readonly string[]): number => Number(row[0]!.slice('UTC'.length) || '0');
const eastFirst = (a: readonly string[], b: readonly string[]): number => hours(b) - hours(a);

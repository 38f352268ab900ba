import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testStack } from '@medallion/devstack';
import { type BusinessApp, businessApp } from '../../services/dashboard/src/business/test/business-app.ts';
import {
  type Pipeline,
  type Problem,
  RowPage,
  Series,
  type Table,
} from '../../services/dashboard/src/contract/index.ts';
import { fillPipeline } from './support/fill-pipelines.ts';
import { type OwnDatabase, ownDatabase } from './support/own-database.ts';
import { eventsOf, keepNight } from './support/santa-night.ts';

/** The generic tables of every pipeline. */

const { databaseUrl } = await testStack();
const ORDERS = ['orders-streaming', 'medallion-sales', 'lakeflow-customers', 'circuit-box'];
const SANTA = 'santa-deliveries';
const ARRIVED = 'bronze_santa_deliveries';
const HOSTILE = [
  ...["'", '"', ';', '--', "'; DROP SCHEMA medallion CASCADE; --", '" OR 1=1 --', '$1', '%', '\\', '../..', '\u0000'],
  ...['window_start"; SELECT pg_sleep(9); --', '__proto__', 'constructor', 'null', '[]', '{}', '-1', '1e999', '\u2028'],
];

describe('tables of every pipeline', () => {
  let database: OwnDatabase;
  let app: BusinessApp;
  let pipelines: readonly Pipeline[];

  before(async () => {
    database = await ownDatabase(databaseUrl, 'tables');
    const sent = eventsOf({ seed: 11, events: 1_500, partitions: 2, ratePerSecond: 0.4, quality: 'realistic' });
    await keepNight(database.databaseUrl, sent, 2);
    for (const name of ORDERS) await fillPipeline(database.databaseUrl, name, 120, 7);
    app = await businessApp(database.databaseUrl);
    pipelines = JSON.parse((await app.get('/api/pipelines')).text) as Pipeline[];
  });
  after(async () => {
    await app?.close();
    await database?.drop();
  });

  const stored = () =>
    pipelines.flatMap(({ name, tables }) => tables.filter((each) => each.stored).map((table) => ({ name, table })));
  const path = (pipeline: string, table: string, what: string) => `/api/pipelines/${pipeline}/tables/${table}/${what}`;

  /** All rows, page by page. */
  async function paged(pipeline: string, table: Table, limit: number, order?: string): Promise<readonly string[]> {
    const rows: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: RowPage = await app.read(RowPage, path(pipeline, table.name, 'rows'), { limit, order, cursor });
      assert.ok(page.rows.length <= limit);
      assert.ok(page.nextCursor === null || page.rows.length === limit);
      rows.push(...page.rows.map((row) => JSON.stringify(row)));
      assert.ok(rows.length < 10_000, 'pages repeat themselves');
      cursor = page.nextCursor;
    }
    return rows;
  }

  test('all five pipelines are listed with all of their tables, those that Postgres has and those that it has not', () => {
    assert.deepEqual(pipelines.map(({ name }) => name).toSorted(), [SANTA, ...ORDERS].toSorted());
    const kinds = new Set(stored().map(({ table }) => table.kind));
    for (const kind of ['streaming_table', 'keyed_table', 'materialized_view', 'relational_view', 'change_feed'])
      assert.ok(kinds.has(kind), kind);
    const silver = pipelines.find(({ name }) => name === SANTA)!.tables.find(({ layer }) => layer === 'silver')!;
    assert.equal(silver.stored, false);
  });

  test('every table can be paged to its end in any order, without a row lost or repeated', async () => {
    let seen = 0;
    for (const { name, table } of stored()) {
      const { schema } = pipelines.find((each) => each.name === name)!;
      const masked = table.columns.some(({ personal }) => personal) ? `${schema}_masked` : schema;
      const [counted] = await app.parts.reader.query<{ n: number }>(
        `SELECT count(*) AS n FROM "${masked}"."${table.name}"`,
      );
      const expected = (await paged(name, table, 500)).toSorted();
      assert.equal(expected.length, counted!.n, `${name}.${table.name}`);
      seen += expected.length;
      const columns = table.columns.filter(({ type }) => type !== 'list').map((column) => column.name);
      // Each table in its own order, and in another one, which is that of a column with nulls sooner or later.
      const other = columns[seen % columns.length]!;
      for (const order of [undefined, seen % 2 === 0 ? other : `-${other}`]) {
        const limit = Math.min(500, Math.max(7, Math.ceil(expected.length / 4)));
        const rows = await paged(name, table, limit, order);
        assert.deepEqual(rows.toSorted(), expected, `${name}.${table.name} by ${order}, ${limit} at a time`);
      }
    }
    assert.ok(seen > 2_000, `${seen} rows`);
  });

  test('rows that are alike in the order go on over several pages', async () => {
    const { table } = stored().find((each) => each.table.kind === 'change_feed')!;
    const expected = await paged('medallion-sales', table, 500);
    assert.deepEqual(await paged('medallion-sales', table, 3), expected);
  });

  test('rows come in the order that was asked for, windows with the newest first', async () => {
    const url = path(SANTA, 'gold_delivery_by_region', 'rows');
    const by = async (column: string, order?: string) =>
      (await app.read(RowPage, url, { order, limit: 500 })).rows.map((row) => row[column] as number | string | null);
    const falling = await by('window_start');
    assert.deepEqual(falling, falling.toSorted().toReversed());
    const events = (await by('events', '-events')) as number[];
    assert.deepEqual(
      events,
      events.toSorted((a, b) => b - a),
    );
    const rates = await by('success_rate', 'success_rate');
    const known = rates.filter((rate) => rate !== null) as number[];
    assert.deepEqual(rates, [...known.toSorted((a, b) => a - b), ...rates.filter((rate) => rate === null)]);
  });

  test('a filter keeps what it says, and pages go on within it', async () => {
    const table = pipelines.find(({ name }) => name === SANTA)!.tables.find((t) => t.name === 'gold_top_cities')!;
    const url = path(SANTA, table.name, 'rows');
    const all = (await app.read(RowPage, url, { limit: 500 })).rows;
    const cases: readonly (readonly [readonly string[], (row: Record<string, unknown>) => boolean])[] = [
      [['city:eq:Tokyo'], (row) => row.city === 'Tokyo'],
      [['city:ne:Tokyo'], (row) => row.city !== 'Tokyo'],
      [['events:gte:5', 'events:lt:20'], (row) => (row.events as number) >= 5 && (row.events as number) < 20],
      [['success_rate:null:'], (row) => row.success_rate === null],
      [['success_rate:not_null'], (row) => row.success_rate !== null],
      [
        ['is_final:eq:true', 'rank_by_gifts:lte:2'],
        (row) => row.is_final === true && (row.rank_by_gifts as number) <= 2,
      ],
      [['window_start:gt:2025-12-24T11:00:00Z'], (row) => String(row.window_start) > '2025-12-24T11:00:00.000Z'],
      [["city:eq:' OR 1=1 --"], () => false],
    ];
    for (const [filter, keeps] of cases) {
      const expected = all.filter((row) => keeps(row));
      const rows: unknown[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: RowPage = await app.read(RowPage, url, { limit: 20, filter, cursor });
        rows.push(...page.rows);
        cursor = page.nextCursor;
      }
      assert.deepEqual(rows, expected, filter.join(' '));
    }
  });

  test('personal columns are masked, in rows, files and charts', async () => {
    const personal = stored().flatMap(({ name, table }) =>
      table.columns.filter((column) => column.personal).map((column) => ({ name, table, column })),
    );
    assert.ok(personal.length >= 8);
    for (const { name, table, column } of personal) {
      const { rows } = await app.read(RowPage, path(name, table.name, 'rows'), { limit: 500 });
      for (const row of rows)
        assert.ok(row[column.name] === null || row[column.name] === '***', `${table.name} ${column.name}`);
    }
  });

  test('every table can be drawn: by its windows or days, or by groups', async () => {
    for (const { name, table } of stored()) {
      const series = await app.read(Series, path(name, table.name, 'series'), {
        measures: table.measures.slice(0, 8).join(','),
      });
      for (const line of series.lines) assert.equal(line.values.length, series.x.length, `${name}.${table.name}`);
      assert.ok(series.x.length > 0 || table.measures.length === 0, `${name}.${table.name} has nothing to show`);
      assert.equal(series.final === null, table.windowMs === null);
      if (series.axis === 'time') assert.deepEqual(series.x, series.x.toSorted());
    }
  });

  test('a chart is by names where rows of one name add up, and by rows where they do not', async () => {
    const cities = await app.read(Series, path(SANTA, 'gold_top_cities', 'series'));
    assert.ok(cities.lines.some(({ group }) => group === 'Tokyo'));
    const orders = await app.read(Series, path('lakeflow-customers', 'gold_customer_orders', 'series'));
    assert.ok(orders.x.length > 3 && orders.lines[0]!.values.every((value) => value !== null));
    const table = pipelines.find(({ name }) => name === SANTA)!.tables.find(({ name }) => name === ARRIVED)!;
    assert.deepEqual(table.key, ['source_topic', 'source_partition', 'source_offset']);
  });

  test('a chart over time shows the sums of groups, rates of one group alone, and what is beyond the eight greatest together', async () => {
    const url = path(SANTA, 'gold_top_cities', 'series');
    const { rows } = await app.read(RowPage, path(SANTA, 'gold_top_cities', 'rows'), { limit: 500 });
    const series = await app.read(Series, url, { measures: 'events,success_rate', group: 'city', points: 500 });
    const groups = [...new Set(series.lines.map(({ group }) => group))];
    assert.ok(groups.includes('(others)') && groups.length === 9);
    const of = (start: string, of_: (row: Record<string, unknown>) => boolean) =>
      rows.filter((row) => row.window_start === start && of_(row));
    for (const [i, start] of series.x.entries())
      for (const { name, group, values } of series.lines) {
        const those = of(start, ({ city }) => {
          const label = city === null ? '(none)' : String(city);
          return group === '(others)' ? !groups.includes(label) : label === group;
        });
        const events = those.length === 0 ? null : those.reduce((sum, row) => sum + Number(row.events), 0);
        const rate = those.length === 1 ? those[0]!.success_rate : null;
        assert.equal(values[i], name === 'events' ? events : rate, `${name} of ${group} at ${start}`);
      }
    assert.ok(series.lines.every(({ name, group }) => name === 'events' || group !== '(others)'));
    const newest = await app.read(Series, url, { points: 3 });
    assert.deepEqual(newest.x, series.x.slice(-3));
    const bounded = await app.read(Series, url, { from: series.x[2], to: series.x[5] });
    assert.deepEqual(bounded.x, series.x.slice(2, 5));
  });

  test('a file has the rows of all pages, and is safe to open in a spreadsheet', async () => {
    for (const { name, table } of stored().filter(({ name }) => name !== SANTA)) {
      const { status, headers, text } = await app.get(path(name, table.name, 'rows'), { format: 'csv' });
      assert.equal(status, 200);
      assert.match(String(headers['content-type']), /^text\/csv/);
      assert.equal(headers['content-disposition'], `attachment; filename="${name}-${table.name}.csv"`);
      const lines = text.trimEnd().split('\r\n');
      assert.equal(lines.length - 1, (await paged(name, table, 500)).length, table.name);
      assert.doesNotMatch(text, /(^|,)"?[=@]/m);
    }
  });

  test('the same version is not sent twice', async () => {
    for (const url of [path(SANTA, 'gold_top_cities', 'rows'), '/api/overview', '/api/queries/top-cities']) {
      const first = await app.get(url);
      const again = await app.app.inject({ url, headers: { 'if-none-match': String(first.headers.etag) } });
      assert.equal(again.statusCode, 304, url);
      assert.equal(again.body, '');
    }
  });

  test('names and values that are meant to be SQL are refused or are values', async () => {
    const before_ = await app.get('/api/pipelines');
    const rows = path(SANTA, 'gold_top_cities', 'rows');
    const series = path(SANTA, 'gold_top_cities', 'series');
    const harmless = new Set([400, 404]);
    for (const text of HOSTILE) {
      const name = encodeURIComponent(text);
      const refused: readonly (readonly [string, Readonly<Record<string, unknown>>?])[] = [
        [path(name, 'gold_top_cities', 'rows')],
        [path(SANTA, name, 'rows')],
        [path(SANTA, `gold_top_cities${name}`, 'series')],
        [rows, { order: text }],
        [rows, { order: `city${text}` }],
        [rows, { cursor: text }],
        [
          rows,
          {
            cursor: Buffer.from(JSON.stringify(['gold.gold_top_cities -window_start', 0, text])).toString('base64url'),
          },
        ],
        [rows, { filter: text }],
        [rows, { filter: `${text}:eq:1` }],
        ...(text === 'null' ? [] : [[rows, { filter: `city:${text}:1` }] as const]),
        [rows, { filter: `window_start:eq:${text}` }],
        [rows, { limit: text }],
        [rows, { format: text }],
        [rows, { [text]: '1' }],
        [series, { measures: text }],
        [series, { group: text }],
        [series, { from: text }],
        [series, { points: text }],
        [`/api/queries/${name}`],
        ['/api/queries/top-cities', { from: text }],
        ['/api/queries/top-cities', { to: text }],
        ['/api/queries/top-cities', { limit: text }],
        ['/api/queries/top-cities', { [text]: 'x' }],
        ['/api/overview', { minutes: text }],
        ['/api/deliveries', { limit: text }],
      ];
      for (const [url, query] of refused) {
        const answer = await app.get(url, query);
        assert.ok(
          harmless.has(answer.status),
          `${answer.status}: ${url} ${JSON.stringify(query)} ${answer.text.slice(0, 200)}`,
        );
        const { code, status } = JSON.parse(answer.text) as Problem;
        assert.ok(status === answer.status && (code === undefined || /^MED_(REQUEST_INVALID|NOT_FOUND)$/.test(code)));
      }
      const values: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
        [rows, { filter: `city:eq:${text}` }],
        ['/api/queries/top-cities', { city: text }],
        ['/api/queries/deliveries-by-region', { region: text }],
        ['/api/deliveries', { city: text, status: text }],
      ];
      for (const [url, query] of values) {
        const { status, text: body } = await app.get(url, query);
        assert.ok(
          status === (text.includes('\u0000') ? 400 : 200),
          `${status}: ${url} ${JSON.stringify(query)} ${body}`,
        );
      }
    }
    assert.equal((await app.get('/api/pipelines')).text, before_.text);
  });
});

import type { Query } from '@medallion/postgres';
import type { Series } from '../../contract/index.ts';
import { invalid } from '../problems.ts';
import { cellOf, parameterOf, sqlType } from '../values.ts';
import type { ReadColumn, ReadTable } from './read-table.ts';
import { ident, qualified, Values } from './sql-names.ts';

/** What is asked for. */
export type SeriesRequest = {
  readonly measures?: string | undefined;
  readonly group?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly points: number;
};

/** A request that was understood. */
export type SeriesReading = {
  readonly measures: readonly ReadColumn[];
  /** The column of the time; null where the table has none. */
  readonly time: ReadColumn | null;
  readonly group: ReadColumn | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly points: number;
};

type Drawn = Omit<Series, 'asOf'>;
type Line = Series['lines'][number];

const MAX_MEASURES = 8;
/** Of more lines nobody can tell the colours apart. */
const MAX_GROUPS = 8;
const NO_GROUP = '(none)';
const OTHERS = '(others)';

/** Understands a request. @throws MED_REQUEST_INVALID */
export function seriesReading(table: ReadTable, request: SeriesRequest): SeriesReading {
  const time = timeOf(table);
  const bound = (text: string | undefined, what: string): string | null => {
    if (text === undefined || text === '') return null;
    if (time === null) throw invalid(`${what}: this table has no time`);
    const at = parameterOf(text, 'timestamp', what);
    return time.kind === 'date' ? at.slice(0, 10) : at;
  };
  return {
    measures: measuresOf(table, request.measures),
    time,
    group: groupOf(table, time, request.group),
    from: bound(request.from, 'from'),
    to: bound(request.to, 'to'),
    points: request.points,
  };
}

/** Windows, or a day or time that is part of the key. */
function timeOf(table: ReadTable): ReadColumn | null {
  const key = table.table.key.map((name) => table.columns.get(name)!);
  if (table.table.kind !== 'materialized_view' && table.table.kind !== 'relational_view') return null;
  return key.find(({ kind }) => kind === 'timestamp' || kind === 'date') ?? null;
}

function measuresOf(table: ReadTable, text: string | undefined): readonly ReadColumn[] {
  const known = table.table.measures;
  const names = text === undefined || text === '' ? known.slice(0, 1) : text.split(',');
  if (names.length > MAX_MEASURES) throw invalid(`measures: ${MAX_MEASURES} at most`);
  return [...new Set(names)].map((name) => {
    const column = known.includes(name) ? table.columns.get(name) : undefined;
    if (column === undefined) throw invalid(`measures: ${JSON.stringify(name.slice(0, 60))} is none of this table`);
    return column;
  });
}

function groupOf(table: ReadTable, time: ReadColumn | null, name: string | undefined): ReadColumn | null {
  if (name !== undefined && name !== '') {
    const column = table.columns.get(name);
    if (column === undefined || column === time || sqlType(column.kind) === null)
      throw invalid(`group: there is no column ${JSON.stringify(name.slice(0, 60))} to group by`);
    return column;
  }
  const others = table.table.key.filter((each) => each !== time?.name).map((each) => table.columns.get(each)!);
  // Facts are better shown by what they have in common than one by one.
  const common = (['keyed_table', 'streaming_table', 'change_feed'] as const).some((kind) => kind === table.table.kind)
    ? [...table.columns.values()].filter((column) => !table.table.key.includes(column.name) && isCategory(column))
    : [];
  // Names are better to read than coordinates, where the rows of one name can be added up.
  const named = table.table.kind === 'materialized_view' ? others.find(isCategory) : undefined;
  return (
    common[0] ?? named ?? others[0] ?? (time === null ? ([...table.columns.values()].find(isCategory) ?? null) : null)
  );
}

const isCategory = ({ kind, personal }: ReadColumn): boolean =>
  !personal && (kind === 'enum' || kind === 'boolean' || kind === 'string');

/** Reads what a chart shows: over time the newest points, otherwise the groups that are greatest. */
export function readSeries(query: Query, table: ReadTable, reading: SeriesReading): Promise<Drawn> {
  if (reading.measures.length === 0) return Promise.resolve({ axis: 'group', x: [], final: null, lines: [] });
  return reading.time === null ? overGroups(query, table, reading) : overTime(query, table, reading, reading.time);
}

/** The measure of the rows that share a point: null where it is not known from them. */
function merged(table: ReadTable, { name }: ReadColumn): string {
  const column = `t.${ident(name)}`;
  const merge = table.merges.get(name) ?? 'alone';
  const sql = merge === 'alone' ? `CASE WHEN count(*) = 1 THEN min(${column}) END` : `${merge}(${column})`;
  return `(${sql})::double precision`;
}

const weight = (table: ReadTable, { name }: ReadColumn): string => {
  const merge = table.merges.get(name) ?? 'alone';
  return `coalesce(${merge === 'min' || merge === 'max' ? merge : 'sum'}(t.${ident(name)}), 0)`;
};

const relationOf = ({ relation }: ReadTable): string => qualified(relation!.schema, relation!.name);

async function overGroups(query: Query, table: ReadTable, reading: SeriesReading): Promise<Drawn> {
  const { measures, group, points } = reading;
  const values = new Values();
  const name = group === null ? 'NULL' : `t.${ident(group.name)}`;
  const rows = await query<Record<string, unknown>>(
    `SELECT ${name} AS g, ${measures.map((m, i) => `${merged(table, m)} AS m${i}`).join(', ')}
     FROM ${relationOf(table)} t GROUP BY 1
     ORDER BY ${weight(table, measures[0]!)} DESC, 1 LIMIT ${values.add(points, 'integer')}`,
    values.list,
  );
  return {
    axis: 'group',
    x: rows.map((row) => labelOf(row.g, group)),
    final: null,
    lines: measures.map((m, i) => ({ name: m.name, group: null, values: rows.map((row) => numberOf(row[`m${i}`])) })),
  };
}

const labelOf = (value: unknown, group: ReadColumn | null): string => {
  const cell = group === null ? 'all' : cellOf(value, group.kind);
  return cell === null ? NO_GROUP : String(cell);
};

const numberOf = (value: unknown): number | null =>
  value === null || value === undefined || !Number.isFinite(value) ? null : (value as number);

async function overTime(query: Query, table: ReadTable, reading: SeriesReading, time: ReadColumn): Promise<Drawn> {
  const { group } = reading;
  const times = await timesOf(query, table, reading, time);
  const [first, last] = [times.at(0), times.at(-1)];
  if (first === undefined || last === undefined)
    return { axis: 'time', x: [], final: isWindowed(table) ? [] : null, lines: [] };
  const groups = group === null ? null : await greatest(query, table, reading, time, [first, last]);
  const rows = await pointsOf(query, table, reading, time, [first, last], groups);
  const at = new Map(times.map((each, i) => [each, i]));
  const final = isWindowed(table) ? times.map(() => false) : null;
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const i = at.get(String(cellOf(row.x, time.kind)));
    if (i === undefined) continue;
    if (final !== null) final[i] = row.final === true;
    for (const [n, measure] of reading.measures.entries()) {
      const name = group === null ? null : row.other === true ? OTHERS : labelOf(row.g, group);
      const line = lines.get(`${n} ${name}`) ?? { name: measure.name, group: name, values: times.map(() => null) };
      lines.set(`${n} ${name}`, line);
      line.values[i] = numberOf(row[`m${n}`]);
    }
  }
  return { axis: 'time', x: times, final, lines: inOrder([...lines.values()], reading, groups) };
}

const isWindowed = (table: ReadTable): boolean => table.columns.has('is_final');

/** By measure, then by size of the group, the others last; a line without any value is none. */
function inOrder(
  lines: readonly Line[],
  { measures, group }: SeriesReading,
  groups: readonly unknown[] | null,
): Line[] {
  const names = (groups ?? []).map((value) => labelOf(value, group));
  const place = (line: Line): number =>
    measures.findIndex(({ name }) => name === line.name) * 100 +
    (line.group === OTHERS ? 99 : Math.max(0, names.indexOf(line.group ?? '')));
  return lines.filter(({ values }) => values.some((value) => value !== null)).sort((a, b) => place(a) - place(b));
}

const timeSql = ({ time }: SeriesReading): string => (time!.kind === 'date' ? 'date' : 'timestamptz');

/** The newest moments that have rows, oldest first. */
async function timesOf(query: Query, table: ReadTable, reading: SeriesReading, time: ReadColumn): Promise<string[]> {
  const values = new Values();
  const type = timeSql(reading);
  const since = reading.from === null ? null : values.add(reading.from, type);
  const until = reading.to === null ? null : values.add(reading.to, type);
  const points = values.add(reading.points, 'integer');
  const within = (column: string): string =>
    `${column} IS NOT NULL${since === null ? '' : ` AND ${column} >= ${since}`}${until === null ? '' : ` AND ${column} < ${until}`}`;
  const sql =
    table.state === null
      ? `SELECT DISTINCT ${ident(time.name)} AS x FROM ${relationOf(table)} WHERE ${within(ident(time.name))}
         ORDER BY x DESC LIMIT ${points}`
      : walked(qualified(table.state.schema, table.state.name), within, points);
  const rows = await query<{ x: number }>(sql, values.list);
  return rows.map(({ x }) => String(cellOf(x, time.kind))).reverse();
}

/** From the newest window to the next: a step in the index for each, however many rows a window has. */
const walked = (state: string, within: (column: string) => string, points: string): string => `
  WITH RECURSIVE walk AS (
    SELECT max(window_start)::timestamptz AS x, 1 AS n FROM ${state} WHERE ${within('window_start')}
    UNION ALL
    SELECT (SELECT max(s.window_start) FROM ${state} s WHERE s.window_start < w.x)::timestamptz, w.n + 1
    FROM walk w WHERE w.x IS NOT NULL AND w.n < ${points}
  ) SELECT x FROM walk WHERE ${within('x')} ORDER BY x DESC`;

type Span = readonly [first: string, last: string];

/** The values of the group that are greatest in the first measure, over the whole time that is shown. */
async function greatest(
  query: Query,
  table: ReadTable,
  reading: SeriesReading,
  time: ReadColumn,
  [first, last]: Span,
): Promise<readonly unknown[]> {
  const values = new Values();
  const type = timeSql(reading);
  const rows = await query<{ g: unknown }>(
    `SELECT t.${ident(reading.group!.name)} AS g FROM ${relationOf(table)} t
     WHERE t.${ident(time.name)} BETWEEN ${values.add(first, type)} AND ${values.add(last, type)}
     GROUP BY 1 ORDER BY ${weight(table, reading.measures[0]!)} DESC, 1 LIMIT ${MAX_GROUPS}`,
    values.list,
  );
  return rows.map(({ g }) => g);
}

async function pointsOf(
  query: Query,
  table: ReadTable,
  { measures, group, ...reading }: SeriesReading,
  time: ReadColumn,
  [first, last]: Span,
  groups: readonly unknown[] | null,
): Promise<readonly Record<string, unknown>[]> {
  const values = new Values();
  const type = timeSql({ measures, group, ...reading });
  const column = `t.${ident(time.name)}`;
  const where = `${column} BETWEEN ${values.add(first, type)} AND ${values.add(last, type)}`;
  const name = group === null ? null : `t.${ident(group.name)}`;
  const known = (groups ?? []).filter((value) => value !== null).map((value) => String(cellOf(value, group!.kind)));
  const shown =
    name === null
      ? 'TRUE'
      : `coalesce(${name} = ANY (${values.add(known, `${sqlType(group!.kind)}[]`)}), ${(groups ?? []).includes(null)})`;
  return query(
    `SELECT ${column} AS x, CASE WHEN ${shown} THEN ${name ?? 'NULL'} END AS g, NOT ${shown} AS other,
       ${isWindowed(table) ? 'bool_and(t.is_final)' : 'NULL'} AS final,
       ${measures.map((m, i) => `${merged(table, m)} AS m${i}`).join(', ')}
     FROM ${relationOf(table)} t WHERE ${where} GROUP BY 1, 2, 3`,
    values.list,
  );
}

import type { Query } from '@medallion/postgres';
import type { Cursor } from './cursor.ts';
import { type Filter, filterSql } from './filters.ts';
import type { ReadTable } from './read-table.ts';
import { orderSql, type Segment, type Sort, segmentSql } from './sort.ts';
import { ident, qualified, Values } from './sql-names.ts';

/** Conditions that leave out rows far from where a page begins; none for all rows. */
export type Bound = (values: Values) => readonly string[];

export const ALL: Bound = () => [];
/** Each step looks at so many times more than the one before, so that all of them cost hardly more than the last. */
const GROWTH = 8;

/**
 * Where to look for the next `rows` rows: a little way first, then further, at last everywhere. A page is found in the first
 * step nearly always; when filters leave out most rows, in a later one.
 */
export async function* boundsOf(
  query: Query,
  pipeline: string,
  table: ReadTable,
  sort: Sort,
  from: Cursor | null,
  rows: number,
): AsyncGenerator<Bound> {
  const leading = sort.columns[0]?.name;
  if (table.state !== null && leading === 'window_start') yield* windowBounds(query, table.state, sort, from, rows);
  else if (table.arrival !== null && table.arrival === leading && sort.descending)
    yield* arrivalBounds(query, pipeline, table, table.arrival, from);
  yield ALL;
}

/**
 * Ranks are computed over windows, so Postgres reads all windows before it knows which rows come first. It needs to be told
 * which windows can be among them: that is in the index of the state.
 */
async function* windowBounds(
  query: Query,
  state: { readonly schema: string; readonly name: string },
  { descending }: Sort,
  from: Cursor | null,
  rows: number,
): AsyncGenerator<Bound> {
  const [last, direction, operator] = descending ? (['min', 'DESC', '>='] as const) : (['max', 'ASC', '<='] as const);
  const beyond = descending ? '<=' : '>=';
  const sql = `SELECT ${last}(w)::text AS bound, count(*)::integer AS found FROM (
    SELECT window_start AS w FROM ${qualified(state.schema, state.name)}
    WHERE window_start ${beyond} $1::timestamptz
    ORDER BY window_start ${direction} LIMIT $2::integer) s`;
  const start = from?.values[0] ?? (descending ? 'infinity' : '-infinity');
  for (let wanted = rows; wanted <= 1_000_000; wanted *= GROWTH) {
    const [row] = await query<{ bound: string | null; found: number }>(sql, [start, wanted]);
    const { bound, found } = row!;
    if (bound === null || found < wanted) return;
    yield (values) => [`window_start ${operator} ${values.add(bound, 'timestamptz')}`];
  }
}

const MINUTE_MS = 60_000;
/** Beyond a day all is looked at: who finds nothing near will hardly find it soon. */
const FARTHEST_MS = 24 * 60 * MINUTE_MS;

/**
 * The windows of the next `rows` rows, where order and filters are of columns that the state has too: they are looked up there, and
 * only their ranks are computed. Null where something is known to the view alone.
 */
export async function windowsOf(
  query: Query,
  { state }: ReadTable,
  sort: Sort,
  segment: Segment,
  filters: readonly Filter[],
  rows: number,
): Promise<Bound | null> {
  const asked = [...sort.columns.map(({ name }) => name), ...filters.map(({ column }) => column.name)];
  if (state === null || !sort.isUnique || !asked.every((name) => state.columns.includes(name))) return null;
  const values = new Values();
  const where = [...segmentSql(sort, segment, values), ...filterSql(filters, values)];
  const found = await query<{ at: string }>(
    `SELECT DISTINCT window_start::text AS at FROM (
       SELECT window_start FROM ${qualified(state.schema, state.name)} ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
       ${orderSql(sort, segment)} LIMIT ${values.add(rows, 'integer')}) s`,
    values.list,
  );
  const windows = found.map(({ at }) => at);
  return (into) => [`window_start = ANY (${into.add(windows, 'timestamptz[]')})`];
}

/** Copies have no index but BRIN: a stretch of time is found fast, an order is not. */
async function* arrivalBounds(
  query: Query,
  pipeline: string,
  table: ReadTable,
  arrival: string,
  from: Cursor | null,
): AsyncGenerator<Bound> {
  const start = from === null ? await lastCommit(query, pipeline, table.table.topic) : Date.parse(from.values[0] ?? '');
  if (!Number.isFinite(start)) return;
  const hasDay = table.columns.has('ingestion_date');
  for (let span = MINUTE_MS; span < FARTHEST_MS; span *= GROWTH) {
    const least = new Date(start - span).toISOString();
    yield (values) => {
      const place = values.add(least, 'timestamptz');
      // The day chooses the partitions.
      return [
        `${ident(arrival)} >= ${place}`,
        ...(hasDay ? [`ingestion_date >= (${place} AT TIME ZONE 'UTC')::date`] : []),
      ];
    };
  }
}

/** No row of the topic came after the last commit that moved its lease. */
async function lastCommit(query: Query, pipeline: string, topic: string | null): Promise<number> {
  const [row] = await query<{ at: number | null }>(
    'SELECT max(updated_at) AS at FROM medallion.lease WHERE pipeline = $1 AND topic = $2',
    [pipeline, topic],
  );
  return row?.at ?? Number.NaN;
}

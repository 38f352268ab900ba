import type { Query } from '@medallion/postgres';
import type { Row } from '../../contract/index.ts';
import { cellOf, selected } from '../values.ts';
import { ALL, type Bound, boundsOf, windowsOf } from './bounds.ts';
import { type Cursor, writeCursor } from './cursor.ts';
import { type Filter, filterSql, filtersOf } from './filters.ts';
import type { ReadTable } from './read-table.ts';
import { orderSql, type Segment, type Sort, segmentSql, segmentsOf, sortOf, startOf } from './sort.ts';
import { ident, qualified, Values } from './sql-names.ts';

/** What is asked for. */
export type PageRequest = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly order?: string | undefined;
  readonly filters: readonly string[];
};

/** Rows and where they end; null after the last ones. */
export type Page = { readonly rows: readonly Row[]; readonly nextCursor: string | null };

/** A request that was understood: reading it needs the database only. */
export type PageReading = { readonly sort: Sort; readonly filters: readonly Filter[]; readonly from: Cursor | null };

/** Understands a request. @throws MED_REQUEST_INVALID */
export function pageReading(table: ReadTable, { order, cursor, filters }: PageRequest): PageReading {
  const sort = sortOf(table, order);
  return { sort, filters: filtersOf(table, filters), from: startOf(sort, cursor) };
}

/**
 * Reads a page by where the one before it ended: no OFFSET but over rows that are alike in the order, no count of all rows. The
 * last page is as fast as the first where an index has the order.
 */
export async function readPage(
  query: Query,
  pipeline: string,
  table: ReadTable,
  { sort, filters, from }: PageReading,
  limit: number,
): Promise<Page> {
  const rows: Row[] = [];
  const wanted = limit + 1; // one more says whether there are more
  for (const segment of segmentsOf(sort, from)) {
    rows.push(...(await readSegment(query, pipeline, table, { sort, filters, segment, wanted: wanted - rows.length })));
    if (rows.length >= wanted) break;
  }
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown,
    nextCursor: rows.length < wanted || last === undefined ? null : writeCursor(sort.name, endOf(sort, shown, from)),
  };
}

type Part = {
  readonly sort: Sort;
  readonly filters: readonly Filter[];
  readonly segment: Segment;
  readonly wanted: number;
};

async function readSegment(
  query: Query,
  pipeline: string,
  table: ReadTable,
  { sort, filters, segment, wanted }: Part,
): Promise<readonly Row[]> {
  const columns = [...table.columns.values()];
  const list = columns.map(({ name, kind }) => `${selected(`t.${ident(name)}`, kind)} AS ${ident(name)}`);
  const skipped = sort.isUnique ? 0 : (segment.from?.shown ?? 0);
  const read = async (bound: Bound): Promise<readonly Record<string, unknown>[]> => {
    const values = new Values();
    const where = [...segmentSql(sort, segment, values), ...bound(values), ...filterSql(filters, values)];
    return query(
      `SELECT ${list.join(', ')} FROM (SELECT ${columns.map(({ name }) => ident(name)).join(', ')} FROM ${qualified(table.relation!.schema, table.relation!.name)}
       ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
       ${orderSql(sort, segment)} LIMIT ${values.add(wanted, 'integer')} OFFSET ${values.add(skipped, 'bigint')}) t`,
      values.list,
    );
  };
  const shown = (found: readonly Record<string, unknown>[]): readonly Row[] =>
    found.map((row) => Object.fromEntries(columns.map(({ name, kind }) => [name, cellOf(row[name], kind)])));

  const windows = await windowsOf(query, table, sort, segment, filters, wanted);
  if (windows !== null) return shown(await read(windows));
  for await (const bound of boundsOf(query, pipeline, table, sort, segment.from, wanted + skipped)) {
    const found = await read(bound);
    // Every step but the last may have looked too near.
    if (found.length >= wanted || bound === ALL) return shown(found);
  }
  return [];
}

function endOf({ columns, isUnique }: Sort, rows: readonly Row[], from: Cursor | null): Cursor {
  const place = (row: Row): readonly (string | null)[] =>
    columns.map(({ name }) => {
      const cell = row[name];
      return cell === null || cell === undefined ? null : String(cell);
    });
  const values = place(rows.at(-1)!);
  if (isUnique) return { values, shown: 0 };
  const equals = (other: readonly (string | null)[]): boolean => other.every((value, i) => value === values[i]);
  let alike = 0;
  while (alike < rows.length && equals(place(rows[rows.length - 1 - alike]!))) alike++;
  const goesOn = alike === rows.length && from !== null && equals(from.values);
  return { values, shown: alike + (goesOn ? from.shown : 0) };
}

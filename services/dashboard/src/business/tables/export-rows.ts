import type { Query } from '@medallion/postgres';
import { csvHeader, csvLines } from '../csv.ts';
import { type PageRequest, pageReading, readPage } from './page.ts';
import type { ReadTable } from './read-table.ts';

/** Rows of one file at most. */
export const MAX_EXPORTED = 100_000;
const PAGE = 2_000;

/**
 * The rows as CSV, a page after the other while they are taken: whoever reads slowly holds neither a connection nor a snapshot, so
 * what changes meanwhile may show.
 */
export async function* exportRows(
  query: Query,
  pipeline: string,
  table: ReadTable,
  request: PageRequest,
): AsyncGenerator<string> {
  const columns = [...table.columns.values()].map(({ name, kind }) => ({ name, type: kind }));
  yield csvHeader(columns);
  let { cursor } = request;
  for (let left = MAX_EXPORTED; left > 0; left -= PAGE) {
    const reading = pageReading(table, { ...request, cursor });
    const { rows, nextCursor } = await readPage(query, pipeline, table, reading, Math.min(PAGE, left));
    if (rows.length > 0) yield csvLines(columns, rows);
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}

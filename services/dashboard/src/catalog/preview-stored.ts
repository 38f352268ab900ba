import { isMedallionError } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { ReadTable } from '../business/tables/read-table.ts';
import { ident, qualified } from '../business/tables/sql-names.ts';
import { cellOf, selected } from '../business/values.ts';
import type { Row } from '../contract/index.ts';
import type { Reader } from '../parts.ts';
import { shownCells } from './shown-cells.ts';

/** A statement of a preview, in milliseconds: two of them are a preview at most. */
const STATEMENT_MS = 1_200;

/**
 * The newest rows of a table in Postgres, as far as its order says which those are; any of its rows where to find the newest
 * would take too long.
 */
export async function previewStored(reader: Reader, table: ReadTable, limit: number): Promise<readonly Row[]> {
  if (table.relation === null) return [];
  try {
    return await read(reader, table, limit, true);
  } catch (error) {
    if (!isMedallionError(error) || error.code !== 'MED_STORE_UNAVAILABLE' || table.order.length === 0) throw error;
    return read(reader, table, limit, false);
  }
}

function read(reader: Reader, table: ReadTable, limit: number, ordered: boolean): Promise<readonly Row[]> {
  const columns = [...table.columns.values()];
  const relation = qualified(table.relation!.schema, table.relation!.name);
  // Output names are places, as a column may be called like anything.
  const list = columns.map(({ name, kind }, i) => `${selected(`t.${ident(name)}`, kind)} AS c${i}`).join(', ');
  return reader.snapshot(async (query) => {
    await query(`SET LOCAL statement_timeout = ${STATEMENT_MS}`);
    const since = ordered && table.state !== null ? await newestWindow(query, table.state, limit) : null;
    const order = ordered ? table.order.map(({ name }) => `t.${ident(name)} DESC NULLS LAST`).join(', ') : '';
    const rows = await query(
      `SELECT ${list} FROM ${relation} t ${since === null ? '' : 'WHERE t.window_start >= $2::timestamptz'}
       ${order === '' ? '' : `ORDER BY ${order}`} LIMIT $1`,
      [limit, ...(since === null ? [] : [since])],
    );
    return rows.map((row) =>
      shownCells(columns.map(({ name, kind, personal }, i) => [name, cellOf(row[`c${i}`], kind), personal])),
    );
  });
}

/** From where on the newest windows are: ranks are computed for all rows that are asked for, so not for all there are. */
async function newestWindow(
  query: Query,
  state: { readonly schema: string; readonly name: string },
  limit: number,
): Promise<string | null> {
  const [row] = await query<{ since: number | null }>(
    `SELECT min(window_start) AS since FROM (
       SELECT window_start FROM ${qualified(state.schema, state.name)} ORDER BY window_start DESC LIMIT $1) AS newest`,
    [limit],
  );
  return row?.since == null ? null : new Date(row.since).toISOString();
}

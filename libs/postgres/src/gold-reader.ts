import { silentLog } from '@medallion/core';
import type { AnyRow } from '@medallion/schema';
import type pg from 'pg';
import { createPool, defaultTimeouts } from './connection.ts';
import { translated } from './failures.ts';
import { ident } from './sql-text.ts';

/** Runs a query with parameters. Instants are epoch milliseconds, days whole days, `bigint` a number. */
export type Query = <R extends object = AnyRow>(sql: string, values?: readonly unknown[]) => Promise<readonly R[]>;

/** Reads a pipeline's tables; for people's views of them and for tests. */
export interface GoldReader {
  /** Reads outside any transaction. Throws MED_STORE_UNAVAILABLE. */
  readonly query: Query;
  /** All queries in `read` see the tables as of one moment. Throws MED_STORE_UNAVAILABLE. */
  snapshot<T>(read: (query: Query) => Promise<T>): Promise<T>;
  /** The newest `count` rows of a materialized view. */
  newestRows(view: string, count: number): Promise<readonly AnyRow[]>;
  close(): Promise<void>;
}

/**
 * Opens a reader. Names without a schema are looked up in the pipeline's schema, then in `medallion`.
 *
 * @example await reader.snapshot((q) => q('SELECT topic, partition, next_offset FROM lease'))
 */
export function createGoldReader(options: {
  readonly databaseUrl: string;
  readonly schemaName: string;
  readonly poolSize?: number;
}): GoldReader {
  const pool = createPool({
    databaseUrl: options.databaseUrl,
    poolSize: options.poolSize ?? 2,
    applicationName: 'medallion-reader',
    timeouts: defaultTimeouts,
    log: silentLog,
  });
  const path = `SET search_path = ${ident(options.schemaName)}, medallion`;
  pool.on('connect', (client) => {
    // Sent before the first query; should it fail, so will that.
    client.query(path).catch(() => {});
  });
  const queryOn =
    (client: pg.Pool | pg.ClientBase): Query =>
    async <R extends object>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await client.query<R & pg.QueryResultRow>(sql, [...values])).rows;
      } catch (error) {
        throw translated(error);
      }
    };
  const query = queryOn(pool);
  return {
    query,
    async snapshot(read) {
      const client = await pool.connect().catch((error) => {
        throw translated(error);
      });
      try {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const result = await read(queryOn(client));
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
    newestRows: (view, count) => query(`SELECT * FROM ${ident(view)} ORDER BY window_start DESC LIMIT $1`, [count]),
    close: () => pool.end(),
  };
}

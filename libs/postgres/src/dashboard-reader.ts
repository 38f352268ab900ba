import { type Log, MedallionError, messageOf, silentLog } from '@medallion/core';
import type { AnyRow } from '@medallion/schema';
import type pg from 'pg';
import { createPool, defaultTimeouts } from './connection.ts';
import { isServerError, translated } from './failures.ts';
import type { Query } from './gold-reader.ts';
import { DASHBOARD_ROLE } from './governance/service-roles.ts';

/** Reads all pipelines' tables for people who look on. */
export interface DashboardReader {
  /** Reads outside any transaction. Throws MED_STORE_UNAVAILABLE, MED_READ_TOO_LONG. */
  readonly query: Query;
  /** All queries in `read` see the tables as of one moment. Throws MED_STORE_UNAVAILABLE, MED_READ_TOO_LONG. */
  snapshot<T>(read: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A page waits for the answer, so a connection that cannot be had is soon said. */
const CONNECT_MS = 3_000;

/** Of a role, table or schema that is not there yet, or of a right: a start of the gold service makes all of them. */
const NOT_MADE = ['22023', '3F000', '42P01', '42501', '42883', '42703'];

/**
 * Opens a reader whose sessions can do nothing but read, as a role that sees no personal columns. The login needs that role
 * (`GRANT medallion_dashboard TO …`) or to be a superuser. It connects when it is asked, and again after Postgres was away.
 *
 * @example const reader = createDashboardReader({ databaseUrl, statementMs: 5_000 })
 */
export function createDashboardReader(options: {
  readonly databaseUrl: string;
  /** Another role than `medallion_dashboard`. */
  readonly role?: string;
  /** Connections at most; 4 when absent. */
  readonly poolSize?: number;
  readonly statementMs: number;
  /** How long to wait for a connection; 3 s when absent. */
  readonly connectMs?: number;
  readonly log?: Log;
}): DashboardReader {
  const pool = createPool({
    databaseUrl: options.databaseUrl,
    poolSize: options.poolSize ?? 4,
    applicationName: 'medallion-dashboard',
    timeouts: { ...defaultTimeouts, statementMs: options.statementMs, connectMs: options.connectMs ?? CONNECT_MS },
    settings: { role: options.role ?? DASHBOARD_ROLE, default_transaction_read_only: 'on' },
    log: options.log ?? silentLog,
  });
  const queryOn =
    (client: pg.Pool | pg.ClientBase): Query =>
    async <R extends object = AnyRow>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await client.query<R & pg.QueryResultRow>(sql, [...values])).rows;
      } catch (error) {
        throw explained(error, options.statementMs);
      }
    };
  return {
    query: queryOn(pool),
    async snapshot(read) {
      const client = await pool.connect().catch((error) => {
        throw explained(error);
      });
      try {
        const query = queryOn(client);
        await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const result = await read(query);
        await query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

/** Cancelled by its own limit, not by a server that ends. */
const isTooLong = (error: unknown): boolean =>
  isServerError(error) && error.code === '57014' && messageOf(error).includes('statement timeout');

/** The error, with what to do where roles or tables are not there yet, or a statement took longer than `statementMs`. */
export function explained(error: unknown, statementMs?: number): Error {
  if (statementMs !== undefined && isTooLong(error))
    return new MedallionError('MED_READ_TOO_LONG', { seconds: statementMs / 1_000 }, { cause: error });
  if (!isServerError(error) || !NOT_MADE.includes(error.code)) return translated(error);
  const reason = `${messageOf(error)} (${error.code}); a start of the gold service of this version makes roles and tables`;
  return new MedallionError('MED_STORE_UNAVAILABLE', { reason }, { cause: error });
}

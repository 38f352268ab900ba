import { type Log, silentLog } from '@medallion/core';
import type { AnyRow } from '@medallion/schema';
import type pg from 'pg';
import { createPool, defaultTimeouts } from './connection.ts';
import { explained } from './dashboard-reader.ts';
import type { Query } from './gold-reader.ts';
import { OPERATOR_ROLE } from './governance/service-roles.ts';

/** Writes what operators do, as a role that may note events and little more. */
export interface OperatorWriter {
  /** One statement, committed when it resolves. Throws MED_STORE_UNAVAILABLE. */
  readonly query: Query;
  close(): Promise<void>;
}

/** Somebody waits for it at a page. */
const TIMEOUTS = { ...defaultTimeouts, statementMs: 5_000, lockMs: 3_000, connectMs: 3_000 };

/**
 * Opens the connection of operators. The login needs the role (`GRANT medallion_operator TO …`) or to be a superuser. It
 * connects when it is asked, and again after Postgres was away.
 *
 * @example const writer = createOperatorWriter({ databaseUrl: config.OPERATOR_DATABASE_URL })
 */
export function createOperatorWriter(options: {
  readonly databaseUrl: string;
  /** Another role than `medallion_operator`. */
  readonly role?: string;
  readonly log?: Log;
}): OperatorWriter {
  const pool = createPool({
    databaseUrl: options.databaseUrl,
    poolSize: 1,
    applicationName: 'medallion-dashboard-operator',
    timeouts: TIMEOUTS,
    settings: { role: options.role ?? OPERATOR_ROLE },
    log: options.log ?? silentLog,
  });
  return {
    async query<R extends object = AnyRow>(sql: string, values: readonly unknown[] = []) {
      try {
        return (await pool.query<R & pg.QueryResultRow>(sql, [...values])).rows;
      } catch (error) {
        throw explained(error);
      }
    },
    close: () => pool.end(),
  };
}

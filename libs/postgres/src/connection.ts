import { type EpochDay, type Instant, type Log, messageOf, NEVER } from '@medallion/core';
import pg from 'pg';
import { type DatabaseAddress, databaseAddress, passwordOf, tlsOptions } from './database-address.ts';

/** How long the server lets a session of ours hold things up, in milliseconds. */
export type StoreTimeouts = {
  /** One statement. */
  readonly statementMs: number;
  /** Waiting for one lock; longer than `stalledMs`, so that a stalled owner is gone before its successor gives up. */
  readonly lockMs: number;
  /** An owner that fell silent inside a transaction: then the server ends the session and its locks. */
  readonly stalledMs: number;
  /** Waiting for a connection. */
  readonly connectMs: number;
};

/** Below the time in which Kafka notices a silent group member (10 s in our services), so that locks go first. */
export const defaultTimeouts: StoreTimeouts = {
  statementMs: 30_000,
  lockMs: 15_000,
  stalledMs: 8_000,
  connectMs: 10_000,
};

/** A pool with this many connections at most. */
export type PoolOptions = {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly applicationName: string;
  readonly timeouts: StoreTimeouts;
  readonly log: Log;
  /** More settings of the sessions, as `role`; names and values of one word. */
  readonly settings?: Readonly<Record<string, string>>;
};

const SETTINGS = { TimeZone: 'UTC', DateStyle: 'ISO', client_min_messages: 'warning' };

const OID = { int8: 20, date: 1082, timestamptz: 1184, numeric: 1700 } as const;
const DAY_MS = 86_400_000;

/** Values as rows hold them: instants and days as numbers. Sessions run in UTC with ISO dates, so the text is known. */
const types: pg.CustomTypesConfig = {
  // The overloads of getTypeParser cannot be written as one function.
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    switch (oid) {
      case OID.int8:
      case OID.numeric:
        return Number;
      case OID.timestamptz:
        return parseTimestamp;
      case OID.date:
        return (text: string) => (Date.parse(`${text}T00:00:00Z`) / DAY_MS) as EpochDay;
      default:
        return pg.types.getTypeParser(oid, format as 'text');
    }
  }) as pg.CustomTypesConfig['getTypeParser'],
};

function parseTimestamp(text: string): Instant {
  if (text === '-infinity') return NEVER;
  return Date.parse(`${text.replace(' ', 'T').replace(/\+00$/, '')}Z`) as Instant;
}

type Connected = (error?: Error) => void;

/** Each connection reads the password and the certificates anew, so that rotated ones need no restart. */
const clientOf = (address: DatabaseAddress): typeof pg.Client =>
  class extends pg.Client {
    readonly #failure: Error | null;

    constructor(config?: pg.ClientConfig) {
      let ssl: pg.ClientConfig['ssl'] = false;
      let failure: Error | null = null;
      try {
        ssl = tlsOptions(address);
      } catch (error) {
        failure = error as Error;
      }
      const password = address.passwordFile === undefined ? address.password : () => passwordOf(address) ?? '';
      super({ ...config, ssl, ...(password === undefined ? {} : { password }) });
      this.#failure = failure;
    }

    // The pool makes clients where nobody could catch what a constructor throws.
    override connect(): Promise<this>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<this> | undefined {
      const failure = this.#failure;
      if (callback === undefined)
        return failure === null ? (super.connect() as Promise<this>) : Promise.reject(failure);
      if (failure === null) super.connect(callback);
      else setImmediate(() => callback(failure));
      return undefined;
    }
  };

/**
 * Connections that can be sent several statements before the first is answered (`pipeline`).
 *
 * @throws MED_DATABASE_URL_INVALID
 */
export function createPool({ databaseUrl, poolSize, applicationName, timeouts, log, settings }: PoolOptions): pg.Pool {
  const address = databaseAddress(databaseUrl);
  const { host, port, user, database } = address;
  const pool = new pg.Pool({
    host,
    port,
    user,
    database,
    Client: clientOf(address),
    max: poolSize,
    application_name: applicationName,
    connectionTimeoutMillis: timeouts.connectMs,
    statement_timeout: timeouts.statementMs,
    lock_timeout: timeouts.lockMs,
    idle_in_transaction_session_timeout: timeouts.stalledMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    options: Object.entries({ ...SETTINGS, ...settings })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types,
  });
  // A connection that breaks while a caller has it fails that caller's queries; without a listener it would also end the process.
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  pool.on('error', (error) => log.warn({ reason: messageOf(error) }, 'an idle Postgres connection broke'));
  return pool;
}

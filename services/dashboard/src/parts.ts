import type { Clock, Log } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { FastifyInstance } from 'fastify';
import type { AsOf } from './contract/index.ts';

/**
 * Reads Postgres as a role that can only read. Instants are epoch milliseconds, days whole days, `bigint` a number.
 * Throws MED_STORE_UNAVAILABLE, and MED_READ_TOO_LONG where a statement takes too long.
 */
export type Reader = {
  readonly query: Query;
  /** All queries in `read` see the tables as of one moment. */
  snapshot<T>(read: (query: Query) => Promise<T>): Promise<T>;
};

/** Answers that are the same for everybody: computed once for each version of the pipeline, while nobody waits twice. */
export type Versioned = {
  /**
   * What `read` gave at the pipeline's newest version, by `key`; `read` runs in one snapshot, with the version of that
   * snapshot.
   */
  answer<T>(pipeline: string, key: string, read: (query: Query, asOf: AsOf) => Promise<T>): Promise<T>;
};

/** What is sent to listeners of the live channel under one name, for one pipeline. */
export type Channel = {
  readonly name: string;
  /** After commits of the pipeline, but not sooner after the last one than `everyMs`; or every `everyMs` alone. */
  readonly when: 'commit' | 'clock';
  readonly everyMs: number;
  /** Called once for all listeners, and only while there is one. Null: there is nothing to say. */
  read(pipeline: string): Promise<object | null>;
  /** Whether members that equal those sent before are left out, from the second time on. */
  readonly onlyChanges: boolean;
};

/** What every part of the API is given. */
export type Parts = {
  readonly reader: Reader;
  readonly versioned: Versioned;
  readonly clock: Clock;
  readonly log: Log;
};

/** A part of the API: its routes, and what it tells live. */
export type Feature = {
  readonly routes: (app: FastifyInstance) => void;
  readonly channels: readonly Channel[];
  /** Ends what it holds open. */
  close?(): Promise<void>;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask; a viewer where nothing is said, nobody has to be known for `public`. */
    access?: 'public' | 'viewer' | 'operator';
  }
}

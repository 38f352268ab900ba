import { MedallionError } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { Reader } from '../parts.ts';

/** A database of versions in memory: one pipeline `p`, whose commits count up. Every answer is of when it was asked. */
export type VersionDatabase = Reader & {
  /** Commits so far. */
  commits: number;
  /** Whether it does not answer. */
  isAway: boolean;
  /** Questions for versions that wait for their answer. */
  readonly polling: number;
  /** All questions for versions. */
  readonly polls: number;
};

const rowsOf = (commits: number, values: readonly unknown[] = ['p']): readonly object[] =>
  values[0] === 'p' ? [{ pipeline: 'p', hash: String(commits), committed_at: commits, watermark: null }] : [];

/** `delivered` decides when an answer arrives. */
export function versionDatabase(delivered: <T>(answer: T) => Promise<T> = async (answer) => answer): VersionDatabase {
  let polling = 0;
  let polls = 0;
  const database = {
    commits: 1,
    isAway: false,
    get polling() {
      return polling;
    },
    get polls() {
      return polls;
    },
    query: (async (sql: string, values?: readonly unknown[]) => {
      const isPoll = sql.startsWith('\nWITH leases');
      if (isPoll) polls += 1;
      const { commits, isAway } = database;
      if (isPoll) polling += 1;
      await delivered(null);
      if (isPoll) polling -= 1;
      if (isAway) throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'away' });
      if (sql.includes('leases')) return rowsOf(commits, values);
      return [{ commits }];
    }) as unknown as Query,
    snapshot: async <T>(read: (query: Query) => Promise<T>): Promise<T> => {
      // All of it is of the moment in which it begins.
      const { commits } = database;
      return read((async (sql: string, values?: readonly unknown[]) => {
        await delivered(null);
        if (database.isAway) throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'away' });
        if (!sql.includes('leases')) return [{ commits }];
        return rowsOf(commits, values);
      }) as unknown as Query);
    },
  };
  return database;
}

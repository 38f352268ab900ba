import { setTimeout as sleep } from 'node:timers/promises';
import { MedallionError, silentLog } from '@medallion/core';
import type pg from 'pg';
import { createPool, defaultTimeouts } from './connection.ts';
import { translated } from './failures.ts';

/**
 * Does something that nobody else does for the pipeline meanwhile, in any process.
 *
 * @param space which kind of work it is
 * @param busy the error when somebody else is at it
 * @throws MED_STORE_UNAVAILABLE
 */
export async function exclusively<T>(
  pool: pg.Pool,
  space: number,
  pipeline: string,
  busy: () => Error,
  work: () => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error) => {
    throw translated(error);
  });
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock($1, hashtext($2)) AS locked',
      [space, pipeline],
    );
    if (!rows[0]!.locked) throw busy();
    return await work();
  } finally {
    // The end of its connection gives the lock back too, but only some time after this has resolved.
    await client.query('SELECT pg_advisory_unlock_all()').catch(() => {});
    client.release(true);
  }
}

/** Its lock is another one than that of the migration of one database, which takes place within. */
const MIGRATE_SPACE = 1_296_386;
const ASK_EVERY_MS = 250;

/**
 * Does something while nobody else migrates anything in the database; waits its turn.
 *
 * @throws MED_MIGRATION_BUSY after the time that it waits, MED_STORE_UNAVAILABLE
 */
export async function whileMigrating<T>(databaseUrl: string, work: () => Promise<T>, waitMs: number): Promise<T> {
  const pool = createPool({
    ...{ databaseUrl, poolSize: 1, applicationName: 'medallion-migrate', log: silentLog },
    // Its connection does nothing but hold the lock.
    timeouts: { ...defaultTimeouts, stalledMs: 0 },
  });
  const seconds = Math.round(waitMs / 1_000);
  const busy = (): Error => new MedallionError('MED_MIGRATION_BUSY', { seconds });
  const until = performance.now() + waitMs;
  try {
    for (;;)
      try {
        return await exclusively(pool, MIGRATE_SPACE, 'migrate', busy, work);
      } catch (error) {
        const isBusy = error instanceof MedallionError && error.code === 'MED_MIGRATION_BUSY';
        if (!isBusy || performance.now() >= until) throw error;
        await sleep(ASK_EVERY_MS);
      }
  } finally {
    await pool.end();
  }
}

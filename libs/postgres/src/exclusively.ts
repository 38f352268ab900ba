import type pg from 'pg';
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

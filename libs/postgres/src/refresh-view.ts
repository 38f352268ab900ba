import { MedallionError, silentLog } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { catalogOf } from './catalog.ts';
import { createPool, defaultTimeouts } from './connection.ts';
import { isServerError, translated } from './failures.ts';
import { Relations } from './relational/relations.ts';

const UNDEFINED_TABLE = '42P01';

/**
 * Computes a relational view anew from its inputs, and all that depends on it, in one transaction; rows that are right
 * stay as they are. The services go on; their commits to these tables wait for it.
 *
 * @throws MED_REFRESH_REFUSED when the view is not there as it is declared, MED_STORE_UNAVAILABLE
 */
export async function refreshView(databaseUrl: string, plan: PipelinePlan, view: string): Promise<void> {
  const pool = createPool({
    ...{ databaseUrl, poolSize: 1, applicationName: 'medallion-refresh', log: silentLog },
    timeouts: defaultTimeouts,
  });
  try {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<{ definition: string }>(
        'SELECT definition_hash AS definition FROM medallion.catalog WHERE pipeline = $1 AND table_name = $2',
        [plan.name, view],
      );
      const declared = catalogOf(plan).find(({ table }) => table === view)?.definitionHash;
      if (rows[0]?.definition !== declared) throw refused(plan, view);
      await new Relations(plan).refresh(client, [view]);
      await client.query('COMMIT');
    } finally {
      // A transaction that has not ended comes to nothing with its connection.
      client.release(true);
    }
  } catch (error) {
    if (isServerError(error) && error.code === UNDEFINED_TABLE) throw refused(plan, view);
    throw translated(error);
  } finally {
    await pool.end();
  }
}

const refused = ({ name }: PipelinePlan, table: string): MedallionError =>
  new MedallionError('MED_REFRESH_REFUSED', {
    table,
    reason: 'it is not in Postgres as it is declared now',
    advice: `start the services, which compute it anew; \`medallion plan ${name}\` says what they will do`,
  });

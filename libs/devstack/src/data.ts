import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, uniqueName } from './folders.ts';
import { endLeftovers, openLedger } from './ledger.ts';
import { type Environment, portSettings } from './options.ts';
import { postgresUrl } from './postgres.ts';

/** The folders of the persistent stack's data that exist; Postgres' is elsewhere where root could not share its own. */
export const stackFolders = (env: Environment): readonly string[] => {
  const home = dataFolder(env);
  return [home, join('/var/lib/medallion', uniqueName(home))].filter((folder) => existsSync(folder));
};

/**
 * Removes all data of the persistent stack, after what is left over of a killed one is ended.
 *
 * @throws MED_STACK_RUNNING while it is in use.
 */
export const removeData = async (env: Environment): Promise<void> => {
  const folders = stackFolders(env);
  if (folders.length === 0) return;
  const home = dataFolder(env);
  await endLeftovers(home, () => {});
  openLedger(home).close(); // refuses while another process owns the folder
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};

/** Where the persistent stack's Postgres answers while it runs. */
export const localDatabaseUrl = (env: Environment): string => {
  const { variable, port } = portSettings.postgres;
  return postgresUrl(Number(env[variable] || port), 'medallion');
};

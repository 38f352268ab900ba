import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, uniqueName } from './folders.ts';
import { endLeftovers, openLedger } from './ledger.ts';
import { type Environment, externalFrom, portSettings } from './options.ts';
import { postgresUrl } from './postgres.ts';
import { registryUrl } from './registry.ts';

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

/** Where the parts answer: those that the environment names, else those of the persistent stack while it runs. */
export const localAddresses = (
  env: Environment,
): { readonly kafkaBrokers: readonly string[]; readonly schemaRegistryUrl: string; readonly databaseUrl: string } => {
  const external = externalFrom(env);
  const portOf = ({ variable, port }: { variable: string; port: number }): number => Number(env[variable] || port);
  return {
    kafkaBrokers: external.kafkaBrokers ?? [`127.0.0.1:${portOf(portSettings.kafka)}`],
    schemaRegistryUrl: external.schemaRegistryUrl ?? registryUrl(portOf(portSettings.registry)),
    databaseUrl: external.databaseUrl ?? localDatabaseUrl(env),
  };
};

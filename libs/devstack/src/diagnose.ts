import { existsSync } from 'node:fs';
import { isMedallionError, messageOf } from '@medallion/core';
import { downloadFolder, kafkaDownload, registryDownload } from './fetch.ts';
import { cacheFolder, dataFolder } from './folders.ts';
import { findJava, findMaven } from './java.ts';
import { type Environment, externalFrom, portSettings, type StackPorts } from './options.ts';
import { isFree } from './ports.ts';
import { postgresPackage } from './postgres-binaries.ts';
import { DATA_MB, DOWNLOAD_MB, requireSpace } from './requirements.ts';

/** One thing that a start needs: in order, or what is wrong and what to do. `hint` says what is merely worth knowing. */
export type Finding = { readonly what: string } & (
  | { readonly state: 'fine' | 'hint'; readonly detail: string }
  | { readonly state: 'missing'; readonly detail: string; readonly remedy: string }
);

/** Asks a part that is somebody else's whether it answers; what it is, in a few words. */
type Ask = () => Promise<string>;

/** How parts are asked that the environment names: by clients, as the login that they are told to be. */
export type Asks = { readonly kafka: Ask; readonly registry: Ask; readonly database: Ask };

/** Everything that this machine needs to run a pipeline, looked at one by one; nothing is started. */
export async function diagnose(env: Environment, asks: Asks): Promise<readonly Finding[]> {
  const external = externalFrom(env);
  const findings: Finding[] = [node()];
  if (external.kafkaBrokers === undefined || external.schemaRegistryUrl === undefined) {
    findings.push(await look('Java 17 or newer', () => findJava(env)));
    const fetched = [kafkaDownload, registryDownload].every((it) => existsSync(downloadFolder(cacheFolder(env), it)));
    findings.push(
      fetched
        ? { what: 'Kafka and the schema registry', state: 'fine', detail: 'fetched' }
        : await look('Maven, to fetch Kafka and the registry', () => findMaven(env)),
    );
    if (!fetched) findings.push(await look('disk for downloads', () => space(cacheFolder(env), DOWNLOAD_MB)));
  }
  if (external.databaseUrl === undefined)
    findings.push(await look('Postgres for this platform', () => `version ${postgresPackage().version}`));
  findings.push(await look('disk for data', () => space(dataFolder(env), DATA_MB)));
  if (external.kafkaBrokers !== undefined) findings.push(await look('Kafka at KAFKA_BROKERS', asks.kafka));
  if (external.schemaRegistryUrl !== undefined)
    findings.push(await look('the registry at SCHEMA_REGISTRY_URL', asks.registry));
  if (external.databaseUrl !== undefined) findings.push(await look('Postgres at DATABASE_URL', asks.database));
  return [...findings, ...(await ports(env))];
}

const node = (): Finding => ({ what: 'Node 24', state: 'fine', detail: process.version });

async function look(what: string, find: () => string | Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'fine', detail: await find() };
  } catch (error) {
    if (!isMedallionError(error))
      return { what, state: 'missing', detail: messageOf(error), remedy: 'start it, or correct its settings' };
    const detail = error.message.replace(`${error.code}: `, '').replace(`. Remedy: ${error.remedy}.`, '');
    return { what, state: 'missing', detail, remedy: error.remedy };
  }
}

const space = (path: string, neededMb: number): string => {
  const freeMb = requireSpace(path, neededMb);
  return `${freeMb} MB free at ${path}`;
};

/** A taken port is what one wants to see while `npm start` runs, so it is a hint. */
async function ports(env: Environment): Promise<readonly Finding[]> {
  const external = externalFrom(env);
  const others = { kafka: external.kafkaBrokers, registry: external.schemaRegistryUrl, postgres: external.databaseUrl };
  const findings: Finding[] = [];
  for (const key of Object.keys(portSettings) as (keyof StackPorts)[]) {
    const { what, variable, port: usual, service } = portSettings[key];
    if (others[service] !== undefined) continue;
    const port = Number(env[variable] || usual);
    if (!(await isFree(port)))
      findings.push({
        what: `port ${port} for ${what}`,
        state: 'hint',
        detail: `taken: fine while npm start runs, else choose another with ${variable}`,
      });
  }
  return findings;
}

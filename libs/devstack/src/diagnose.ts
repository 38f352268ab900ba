import { existsSync, readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { isMedallionError, messageOf } from '@medallion/core';
import pg from 'pg';
import { downloadFolder, kafkaDownload, registryDownload } from './fetch.ts';
import { cacheFolder, dataFolder } from './folders.ts';
import { findJava, findMaven } from './java.ts';
import { kafkaAnswers } from './kafka-probe.ts';
import { type Environment, externalFrom, portSettings, type StackPorts } from './options.ts';
import { isFree } from './ports.ts';
import { postgresPackage } from './postgres-binaries.ts';
import { DATA_MB, DOWNLOAD_MB, requireSpace } from './requirements.ts';

/** One thing that a start needs: in order, or what is wrong and what to do. `hint` says what is merely worth knowing. */
export type Finding = { readonly what: string } & (
  | { readonly state: 'fine' | 'hint'; readonly detail: string }
  | { readonly state: 'missing'; readonly detail: string; readonly remedy: string }
);

/** Everything that this machine needs to run a pipeline, looked at one by one; nothing is started. */
export async function diagnose(env: Environment): Promise<readonly Finding[]> {
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
  if (external.kafkaBrokers !== undefined)
    for (const broker of external.kafkaBrokers) findings.push(await brokerAnswers(broker, env));
  if (external.schemaRegistryUrl !== undefined) findings.push(await registryAnswers(external.schemaRegistryUrl));
  if (external.databaseUrl !== undefined) findings.push(await databaseAnswers(external.databaseUrl));
  return [...findings, ...(await ports(env))];
}

const node = (): Finding => ({ what: 'Node 24', state: 'fine', detail: process.version });

async function look(what: string, find: () => string | Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'fine', detail: await find() };
  } catch (error) {
    if (!isMedallionError(error))
      return { what, state: 'missing', detail: messageOf(error), remedy: 'see the message' };
    const detail = error.message.replace(`${error.code}: `, '').replace(`. Remedy: ${error.remedy}.`, '');
    return { what, state: 'missing', detail, remedy: error.remedy };
  }
}

const space = (path: string, neededMb: number): string => {
  const freeMb = requireSpace(path, neededMb);
  return `${freeMb} MB free at ${path}`;
};

/** By what the certificates of brokers are trusted; undefined where connections are not encrypted. */
function authorityOf(env: Environment): string | undefined {
  if (env.KAFKA_SSL !== 'true') return undefined;
  return env.KAFKA_SSL_CA_FILE ? readFileSync(env.KAFKA_SSL_CA_FILE, 'utf8') : rootCertificates.join('\n');
}

async function brokerAnswers(broker: string, env: Environment): Promise<Finding> {
  const what = 'Kafka at KAFKA_BROKERS';
  const at = broker.lastIndexOf(':');
  let authority: string | undefined;
  try {
    authority = authorityOf(env);
  } catch (error) {
    return { what, state: 'missing', detail: messageOf(error), remedy: 'correct KAFKA_SSL_CA_FILE' };
  }
  if (await kafkaAnswers(broker.slice(0, at), Number(broker.slice(at + 1)), authority))
    return { what, state: 'fine', detail: broker };
  return { what, state: 'missing', detail: `${broker} does not answer`, remedy: 'start it, or correct KAFKA_BROKERS' };
}

async function registryAnswers(url: string): Promise<Finding> {
  const what = 'the registry at SCHEMA_REGISTRY_URL';
  try {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(3_000) });
    // One that asks who is there answers; whether the login is right, the services say.
    if (response.ok || response.status === 401) return { what, state: 'fine', detail: url };
    throw new Error(`answers ${response.status}`);
  } catch (error) {
    const remedy = 'start it, or correct SCHEMA_REGISTRY_URL (for Apicurio it ends with /apis/ccompat/v7)';
    return { what, state: 'missing', detail: `${url}: ${messageOf(error)}`, remedy };
  }
}

async function databaseAnswers(databaseUrl: string): Promise<Finding> {
  const what = 'Postgres at DATABASE_URL';
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000 });
  // An error of an idle connection has nobody to catch it.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; may: boolean }>(
      `SELECT current_setting('server_version') AS version, has_database_privilege(current_database(), 'CREATE') AS may`,
    );
    const [{ version, may }] = rows as [{ version: string; may: boolean }];
    if (may) return { what, state: 'fine', detail: `version ${version}` };
    const remedy = 'GRANT CREATE ON DATABASE to the role of DATABASE_URL';
    return { what, state: 'missing', detail: 'its role may not create schemas', remedy };
  } catch (error) {
    return { what, state: 'missing', detail: messageOf(error), remedy: 'start it, or correct DATABASE_URL' };
  } finally {
    await client.end().catch(() => {});
  }
}

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

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MedallionError, messageOf } from '@medallion/core';
import { createService, type Service, type ServiceSpec } from './service.ts';

/** A database as JDBC wants it. */
export type JdbcTarget = { readonly url: string; readonly user: string; readonly password: string };

type Settings = {
  readonly home: string;
  readonly logFile: string;
  readonly java: string;
  /** The unpacked application. */
  readonly application: string;
  readonly port: number;
  readonly database: JdbcTarget;
} & Pick<ServiceSpec, 'onChange' | 'report'>;

/** The part of the registry that speaks Confluent's protocol. */
export const registryUrl = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`;

/** What the registry is told: where it listens, and the database of its schemas. */
export const registryEnvironment = (
  settings: Pick<Settings, 'port' | 'database'> & { readonly host: string },
): Record<string, string> => ({
  QUARKUS_HTTP_HOST: settings.host,
  QUARKUS_HTTP_PORT: String(settings.port),
  QUARKUS_BANNER_ENABLED: 'false',
  APICURIO_STORAGE_KIND: 'sql',
  APICURIO_STORAGE_SQL_KIND: 'postgresql',
  APICURIO_DATASOURCE_URL: settings.database.url,
  APICURIO_DATASOURCE_USERNAME: settings.database.user,
  APICURIO_DATASOURCE_PASSWORD: settings.database.password,
  // 20 to 100 by default, of the server's 100.
  APICURIO_DATASOURCE_JDBC_INITIAL_SIZE: '1',
  APICURIO_DATASOURCE_JDBC_MIN_SIZE: '1',
  APICURIO_DATASOURCE_JDBC_MAX_SIZE: '8',
});

const javaOptions = [
  '-Xms64M',
  '-Xmx320M',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
];

/** Whether the registry answers. */
export const registryIsReady = async (port: number): Promise<boolean> => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};

/** Apicurio accepts every schema change unless it is told otherwise. */
export const requireBackward = async (settings: Pick<Settings, 'port' | 'logFile'>): Promise<void> => {
  try {
    const response = await fetch(`${registryUrl(settings.port)}/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ compatibility: 'BACKWARD' }),
      signal: AbortSignal.timeout(60_000),
    });
    if (!response.ok) throw new Error(`PUT /config answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  } catch (error) {
    const details = { what: 'registry', reason: messageOf(error), logFile: settings.logFile };
    throw new MedallionError('MED_STACK_START_FAILED', details);
  }
};

/** Makes the handle of the registry; its schemas are in Postgres, so it has no data folder. */
export const createRegistry = async (settings: Settings): Promise<Service> => {
  await mkdir(settings.home, { recursive: true });
  const jar = (await readdir(settings.application)).find((name) => name.endsWith('-runner.jar'));
  if (!jar) throw new Error(`${settings.application} holds no runner.jar: remove the folder to fetch it again`);
  return createService({
    name: 'registry',
    logFile: settings.logFile,
    command: {
      file: settings.java,
      args: [...javaOptions, '-jar', join(settings.application, jar)],
      cwd: settings.home,
      env: registryEnvironment({ ...settings, host: '127.0.0.1' }),
    },
    stopSignal: 'TERM',
    probe: () => registryIsReady(settings.port),
    onReady: () => requireBackward(settings),
    onChange: settings.onChange,
    report: settings.report,
  });
};

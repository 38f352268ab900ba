import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchWithMaven, kafkaDownload } from './fetch.ts';
import { cacheFolder } from './folders.ts';
import { startGuard } from './guard.ts';
import { findJava, findMaven } from './java.ts';
import { createKafka } from './kafka.ts';
import { type BrokerSecurity, type BrokerUser, renderProperties } from './kafka-properties.ts';
import { claimPorts } from './ports.ts';
import type { Service } from './service.ts';

/** A broker of one's own that is like one of production: encrypted, with logins and rights. */
export type SecuredKafka = {
  readonly broker: string;
  /** Where it asks for a certificate instead of a login. */
  readonly certificateBroker: string;
  readonly kafka: Service;
  /** Gives a user another password, as kafka-configs.sh does. Connections that are open stay. */
  alterPassword(user: BrokerUser): Promise<void>;
  stop(): Promise<void>;
};

const run = promisify(execFile);

/**
 * Starts a Kafka with SASL_SSL and ACLs on a free port, with its data in `home`; for tests of who may do what.
 *
 * @throws MED_JAVA_MISSING, MED_MAVEN_MISSING, MED_FETCH_FAILED, MED_STACK_START_FAILED
 */
export async function startSecuredKafka(
  home: string,
  given: Omit<BrokerSecurity, 'certificatePort'>,
): Promise<SecuredKafka> {
  const java = findJava(process.env);
  const libraries = await fetchWithMaven(cacheFolder(process.env), kafkaDownload, findMaven(process.env), {
    signal: undefined,
    onStart: () => {},
  });
  const [port = 0, controllerPort = 0, certificatePort = 0] = await claimPorts(3);
  const security = { ...given, certificatePort };
  const guard = startGuard(undefined);
  const kafka = await createKafka({
    ...{ home, java, libraries, port, controllerPort, security },
    logFile: join(home, 'kafka.log'),
    onChange: (identity) => guard.watch(identity === undefined ? [] : [{ pid: identity.pid, signal: 'TERM' }]),
    report: () => {},
  });
  const broker = `127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await kafka.stop();
    await guard.dismiss();
  };
  try {
    await kafka.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    broker,
    certificateBroker: `127.0.0.1:${certificatePort}`,
    kafka,
    stop,
    async alterPassword({ name, password }) {
      const config = join(home, 'admin.properties');
      await writeFile(config, renderProperties(adminProperties(security)), { mode: 0o600 });
      const change = `SCRAM-SHA-512=[password=${password}]`; // Kafka takes one mechanism at a time
      const options = ['-Xmx128M', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
      const of = ['--alter', '--entity-type', 'users', '--entity-name', name, '--add-config', change];
      const at = ['--bootstrap-server', broker, '--command-config', config];
      await run(java, [...options, '-cp', join(libraries, '*'), 'kafka.admin.ConfigCommand', ...at, ...of]);
    },
  };
}

/** What Kafka's own tools are told to be the first user. */
const adminProperties = ({ trustStore, users: [root] }: BrokerSecurity): Readonly<Record<string, string>> => ({
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${root.name}" password="${root.password}";`,
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': trustStore,
});

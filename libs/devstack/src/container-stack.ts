import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartedNetwork } from 'testcontainers';
import { type ContainerService, type ContainerSpec, containerService } from './container-service.ts';
import { kafkaAnswers } from './kafka-probe.ts';
import { kafkaProperties } from './kafka-properties.ts';
import type { ServiceName, StackPorts, Stage } from './options.ts';
import { account, connects, createDatabases, postgresUrl } from './postgres.ts';
import { registryEnvironment, registryIsReady, registryUrl, requireBackward } from './registry.ts';
import type { Service } from './service.ts';
import type { Stack } from './stack.ts';

/** The images, each under the name that the compose file has for it. */
const IMAGES = {
  kafka: 'apache/kafka:4.1.1',
  postgres: 'postgres:18',
  registry: 'apicurio/apicurio-registry:3.0.9',
} as const;

/** What a container is, apart from where it runs. */
type Spec = Omit<ContainerSpec, 'network' | 'logFile' | 'report'>;

/** `log.dirs` is KAFKA_LOG_DIRS, as the image turns variables into properties. */
const variables = (properties: ReturnType<typeof kafkaProperties>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`,
      String(value),
    ]),
  );

const kafkaSpec = (ports: StackPorts): Spec => ({
  name: 'kafka',
  image: IMAGES.kafka,
  // The same port inside and outside: clients come back to the address that the broker names.
  port: { inside: ports.kafka, outside: ports.kafka },
  environment: {
    ...variables(
      kafkaProperties({ port: ports.kafka, controllerPort: ports.kafkaController, logFolder: '/var/lib/kafka/data' }),
    ),
    CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
    KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${ports.kafka},CONTROLLER://127.0.0.1:${ports.kafkaController}`,
    KAFKA_HEAP_OPTS: '-Xms192M -Xmx512M',
  },
  probe: () => kafkaAnswers('127.0.0.1', ports.kafka),
});

const postgresSpec = ({ postgres: port }: StackPorts): Spec => ({
  name: 'postgres',
  image: IMAGES.postgres,
  port: { inside: 5432, outside: port },
  environment: {
    POSTGRES_USER: account.user,
    POSTGRES_PASSWORD: account.password,
    // As of the native stack: the builtin locale sorts alike everywhere.
    POSTGRES_INITDB_ARGS: '--locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C --encoding=UTF8 --no-sync',
  },
  command: ['postgres', '-c', 'max_connections=100', '-c', 'shared_buffers=128MB', '-c', 'fsync=off'],
  probe: () => connects(port),
  onReady: () => createDatabases(port),
});

const registrySpec = ({ registry: port }: StackPorts, logFile: string): Spec => ({
  name: 'registry',
  image: IMAGES.registry,
  port: { inside: 8080, outside: port },
  environment: registryEnvironment({
    host: '0.0.0.0',
    port: 8080,
    database: { url: 'jdbc:postgresql://postgres:5432/registry', ...account },
  }),
  probe: () => registryIsReady(port),
  onReady: () => requireBackward({ port, logFile }),
});

/**
 * Starts Kafka, registry and Postgres in containers, as another way to what startStack gives: `TEST_STACK=containers`. Each has
 * the same port of 127.0.0.1 before and after a restart. With TESTCONTAINERS_RYUK_DISABLED=true nobody removes the
 * containers of a run that was killed.
 *
 * @throws MED_STACK_START_FAILED, also where docker does not answer
 */
export async function startContainerStack(options: {
  readonly signal: AbortSignal | undefined;
  readonly ports: StackPorts;
  readonly report: (name: ServiceName, stage: Stage, detail?: string) => void;
}): Promise<Stack> {
  const { ports, report, signal } = options;
  const home = mkdtempSync(join(tmpdir(), 'medallion-containers-'));
  const logFile = (name: string): string => join(home, 'logs', `${name}.log`);
  const services: ContainerService[] = [];
  let network: StartedNetwork | undefined;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      // The last that was started first: the registry before the database that it writes to.
      for (const service of services.toReversed()) await service.remove();
      await network?.stop();
      rmSync(home, { recursive: true, force: true });
    })();
    return stopped;
  };
  try {
    const { Network } = await import('testcontainers');
    const shared = await new Network().start();
    network = shared;
    const start = async (spec: Spec): Promise<Service> => {
      signal?.throwIfAborted();
      const service = containerService({
        ...spec,
        network: shared,
        logFile: logFile(spec.name),
        report: (stage, detail) => report(spec.name, stage, detail),
      });
      services.push(service);
      await service.start();
      return service;
    };
    const postgresFirst = async (): Promise<readonly [Service, Service]> => {
      const postgres = await start(postgresSpec(ports));
      return [postgres, await start(registrySpec(ports, logFile('registry')))];
    };
    const both = await Promise.allSettled([postgresFirst(), start(kafkaSpec(ports))] as const);
    const [databases, broker] = both;
    if (databases.status === 'rejected') throw databases.reason;
    if (broker.status === 'rejected') throw broker.reason;
    const [postgres, registry] = databases.value;
    const kafkaBrokers = [`127.0.0.1:${ports.kafka}`];
    const schemaRegistryUrl = registryUrl(ports.registry);
    const databaseUrl = postgresUrl(ports.postgres, 'medallion');
    const env = {
      KAFKA_BROKERS: kafkaBrokers[0]!,
      SCHEMA_REGISTRY_URL: schemaRegistryUrl,
      DATABASE_URL: databaseUrl,
    };
    return { kafkaBrokers, schemaRegistryUrl, databaseUrl, env, kafka: broker.value, registry, postgres, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

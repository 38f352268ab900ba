import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { MedallionError } from '@medallion/core';
import { prepareExternalDatabase } from './external-database.ts';
import { fetchWithMaven, kafkaDownload, registryDownload } from './fetch.ts';
import { cacheFolder, dataFolder, isOpenToAll, temporaryFolder, uniqueName } from './folders.ts';
import { startGuard } from './guard.ts';
import type { ProcessIdentity } from './identity.ts';
import { createKafka } from './kafka.ts';
import { endLeftovers, isAbandoned, openLedger } from './ledger.ts';
import {
  type Environment,
  externalFrom,
  type ProgressEvent,
  portSettings,
  type ServiceName,
  type StackOptions,
  type StackPorts,
  type Stage,
} from './options.ts';
import { claimPorts, freePorts } from './ports.ts';
import { createPostgres, postgresUrl, registryDatabase } from './postgres.ts';
import { preparePostgres } from './postgres-binaries.ts';
import { createRegistry, registryUrl } from './registry.ts';
import { checkRequirements } from './requirements.ts';
import type { Service } from './service.ts';
import { unprivilegedUser } from './unprivileged.ts';

/** A running stack: three addresses, and a handle for each part that is ours (undefined for external ones). */
export type Stack = {
  readonly kafkaBrokers: readonly string[];
  /** Up to and including `/apis/ccompat/v7`. */
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
  /** The three addresses as environment variables for a child process. */
  readonly env: { readonly KAFKA_BROKERS: string; readonly SCHEMA_REGISTRY_URL: string; readonly DATABASE_URL: string };
  readonly kafka: Service | undefined;
  readonly registry: Service | undefined;
  readonly postgres: Service | undefined;
  /** Stops what was started, registry first, Postgres last. */
  stop(): Promise<void>;
};

const prefix = 'medallion-stack-';

/** `some`: where free ports of an ephemeral stack come from. */
const choosePorts = async (
  options: StackOptions,
  env: Environment,
  some: typeof freePorts = claimPorts,
): Promise<StackPorts> => {
  const keys = Object.keys(portSettings) as (keyof StackPorts)[];
  const free = options.mode === 'ephemeral' ? await some(keys.length) : [];
  const port = (key: keyof StackPorts): number => {
    const setting = portSettings[key];
    const chosen = options.ports?.[key] ?? free[keys.indexOf(key)] ?? Number(env[setting.variable] || setting.port);
    if (Number.isInteger(chosen) && chosen > 0 && chosen < 65_536) return chosen;
    throw new MedallionError('MED_CONFIG_INVALID', { problems: `${setting.variable} is not a port` });
  };
  return {
    kafka: port('kafka'),
    kafkaController: port('kafkaController'),
    registry: port('registry'),
    postgres: port('postgres'),
  };
};

const temporaryHome = async (env: Environment, ended: (name: ServiceName, pid: number) => void): Promise<string> => {
  const folder = temporaryFolder(env);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const home = join(folder, name);
    if (!name.startsWith(prefix) || !isAbandoned(home)) continue;
    await endLeftovers(home, ended);
    rmSync(home, { recursive: true, force: true });
  }
  const home = mkdtempSync(join(folder, prefix));
  await chmod(home, 0o711); // Postgres' user has to pass through
  return home;
};

/** Rejects when the signal is aborted; never resolves. */
const abortOf = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/**
 * Starts Kafka, a schema registry and Postgres on this machine, or as many of them as have no external address.
 * Nothing is started before everything that can be checked was checked; a failed start stops what it started.
 *
 * @throws MED_JAVA_MISSING, MED_MAVEN_MISSING, MED_PORT_TAKEN, MED_DISK_FULL, MED_PLATFORM_UNSUPPORTED,
 * MED_FETCH_FAILED, MED_STACK_RUNNING, MED_STACK_START_FAILED
 * @example
 * const stack = await startStack({ mode: 'ephemeral' });
 * console.log(stack.kafkaBrokers, stack.schemaRegistryUrl, stack.databaseUrl);
 * await stack.stop();
 */
export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const began = performance.now();
  const env = options.env ?? process.env;
  const external = options.external ?? externalFrom(env);
  const ephemeral = options.mode === 'ephemeral';
  const report = (name: ServiceName, stage: Stage, detail?: string): void => {
    const event: ProgressEvent = { name, stage, ms: Math.round(performance.now() - began) };
    options.onProgress?.(detail === undefined ? event : { ...event, detail });
  };
  const reportLeftover = (name: ServiceName, pid: number): void =>
    report(name, 'leftover', `process ${pid} of a stack that was killed is stopped`);

  const starts = new Set<ServiceName>();
  if (!external.kafkaBrokers) starts.add('kafka');
  if (!external.schemaRegistryUrl) starts.add('registry');
  if (!external.databaseUrl) starts.add('postgres');

  if (ephemeral && env.TEST_STACK === 'containers' && starts.size === 3) {
    // Of it, and of the package that it needs, nothing is loaded otherwise.
    const { startContainerStack } = await import('./container-stack.ts');
    // A container's port is published on every address of the machine.
    const ports = await choosePorts(options, env, freePorts);
    return startContainerStack({ ports, signal: options.signal, report });
  }

  const home = options.home ?? (ephemeral ? await temporaryHome(env, reportLeftover) : dataFolder(env));
  const temporary = ephemeral && options.home === undefined ? home : undefined;
  const user = starts.has('postgres') ? unprivilegedUser() : undefined;
  // Root may work below /root, which is closed to the user that Postgres then runs as.
  const postgresHome =
    user && !isOpenToAll(join(home, 'postgres'))
      ? join(temporary ? '/tmp' : '/var/lib/medallion', uniqueName(home))
      : join(home, 'postgres');

  const removeTemporary = (): void => {
    if (!temporary) return;
    rmSync(temporary, { recursive: true, force: true });
    rmSync(postgresHome, { recursive: true, force: true });
  };
  await endLeftovers(home, reportLeftover);
  const ledger = openLedger(home);
  const guard = startGuard(temporary);
  const running = new Map<ServiceName, ProcessIdentity>();
  const services = new Map<ServiceName, Service>();
  const order: readonly ServiceName[] = ['registry', 'kafka', 'postgres'];

  const changed = (name: ServiceName) => (identity: ProcessIdentity | undefined) => {
    if (identity) running.set(name, identity);
    else running.delete(name);
    ledger.record(name, identity);
    guard.watch(
      order
        .map((each) => ({ signal: each === 'postgres' ? ('INT' as const) : ('TERM' as const), at: running.get(each) }))
        .flatMap(({ signal, at }) => (at ? [{ signal, pid: at.pid }] : [])),
    );
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      for (const name of order) await services.get(name)?.stop();
      ledger.close();
      await guard.dismiss();
      removeTemporary();
    })();
    return stopped;
  };

  try {
    const ports = await choosePorts(options, env);
    const cache = cacheFolder(env);
    const tools = await checkRequirements({ starts, ports, cache, home, env });
    const common = (name: ServiceName) => ({
      home: join(home, name),
      logFile: join(home, 'logs', `${name}.log`),
      java: tools.java,
      onChange: changed(name),
      report: (stage: Stage, detail?: string) => report(name, stage, detail),
    });
    const start = async (service: Service): Promise<Service> => {
      services.set(service.name, service);
      if (stopped) return service; // another part failed meanwhile
      await service.start();
      return service;
    };

    const startPostgres = async (): Promise<void> => {
      const binaries = await preparePostgres(cache, user !== undefined);
      const settings = { ...common('postgres'), home: postgresHome, binaries, port: ports.postgres, user };
      await start(await createPostgres({ ...settings, durable: !temporary }));
    };
    const fetching = async (name: 'kafka' | 'registry', previous: Promise<unknown>): Promise<string> => {
      await previous; // two Mavens at once may spoil the local repository that they share
      const download = name === 'kafka' ? kafkaDownload : registryDownload;
      return fetchWithMaven(cache, download, tools.maven, {
        signal: options.signal,
        onStart: () => report(name, 'fetching'),
      });
    };
    const kafkaLibraries = starts.has('kafka') ? fetching('kafka', Promise.resolve()) : Promise.resolve('');
    const startKafka = async (): Promise<void> => {
      const libraries = await kafkaLibraries;
      const at = { port: ports.kafka, controllerPort: ports.kafkaController };
      await start(await createKafka({ ...common('kafka'), libraries, ...at }));
    };
    const postgresReady = starts.has('postgres') ? startPostgres() : Promise.resolve();
    const startRegistry = async (): Promise<void> => {
      const application = await fetching('registry', kafkaLibraries);
      await postgresReady;
      const database = external.databaseUrl
        ? await prepareExternalDatabase(external.databaseUrl)
        : registryDatabase(ports.postgres);
      await start(await createRegistry({ ...common('registry'), application, port: ports.registry, database }));
    };
    const parts = [postgresReady];
    if (starts.has('kafka')) parts.push(startKafka());
    if (starts.has('registry')) parts.push(startRegistry());
    try {
      await Promise.race([Promise.all(parts), abortOf(options.signal)]);
    } catch (error) {
      const stopping = stop();
      await Promise.allSettled(parts);
      await stopping;
      throw error;
    }

    const kafkaBrokers = external.kafkaBrokers ?? [`127.0.0.1:${ports.kafka}`];
    const schemaRegistryUrl = external.schemaRegistryUrl ?? registryUrl(ports.registry);
    const databaseUrl = external.databaseUrl ?? postgresUrl(ports.postgres, 'medallion');
    return {
      kafkaBrokers,
      schemaRegistryUrl,
      databaseUrl,
      env: {
        KAFKA_BROKERS: kafkaBrokers.join(','),
        SCHEMA_REGISTRY_URL: schemaRegistryUrl,
        DATABASE_URL: databaseUrl,
      },
      kafka: services.get('kafka'),
      registry: services.get('registry'),
      postgres: services.get('postgres'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

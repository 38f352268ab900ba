import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MedallionError, messageOf } from '@medallion/core';
import { kafkaAnswers } from './kafka-probe.ts';
import {
  type BrokerSecurity,
  type ClusterNode,
  clusterProperties,
  kafkaLogging,
  kafkaProperties,
  renderProperties,
  scramArguments,
  securityProperties,
} from './kafka-properties.ts';
import { createService, type Service, type ServiceSpec } from './service.ts';

type Settings = {
  readonly home: string;
  readonly logFile: string;
  readonly java: string;
  /** The folder with Kafka's jars. */
  readonly libraries: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Absent: whoever reaches the port may do everything. */
  readonly security?: BrokerSecurity;
  /** Absent: it is alone. */
  readonly node?: ClusterNode;
} & Pick<ServiceSpec, 'onChange' | 'report'>;

/** Any id will do for clusters of this machine; a fixed one lets a copied data folder be told apart from a foreign one. */
const clusterId = 'medallion-devstack-001';

/** The first tier of the compiler is enough for a tool that runs for a second. */
const toolOptions = ['-Xmx128M', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
/** The broker runs for long: full compiler; the serial collector costs least on two cores. */
const brokerOptions = ['-Xms256M', '-Xmx512M', '-XX:+UseSerialGC', '-Xshare:auto', '-Djava.awt.headless=true'];
/** Several share the machine. */
const nodeMemory = ['-Xms128M', '-Xmx256M'];

const format = async (settings: Settings, common: readonly string[], properties: string): Promise<void> => {
  const args = [...toolOptions, ...common, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  if (settings.security !== undefined) args.push(...scramArguments(settings.security));
  const problem = await new Promise<string | undefined>((resolve) => {
    const child = spawn(settings.java, args, { cwd: settings.home, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('close', (code) => resolve(code === 0 ? undefined : text.trim() || `exit code ${code}`));
  });
  if (problem !== undefined)
    throw new MedallionError('MED_STACK_START_FAILED', {
      what: 'kafka (format of its data folder)',
      reason: problem,
      logFile: settings.logFile,
    });
};

/** Makes the data folder if there is none, and the handle of the broker. */
export const createKafka = async (settings: Settings): Promise<Service> => {
  const { home } = settings;
  const logFolder = join(home, 'data');
  const properties = join(home, 'server.properties');
  const logging = join(home, 'log4j2.properties');
  await mkdir(home, { recursive: true });
  const { port, controllerPort, security, node } = settings;
  const secured = security === undefined ? {} : securityProperties(port, controllerPort, security);
  const clustered = node === undefined ? {} : clusterProperties(port, node);
  const own = { ...kafkaProperties({ ...settings, logFolder }), ...secured, ...clustered };
  await writeFile(properties, renderProperties(own));
  await writeFile(logging, kafkaLogging());
  const authority = security === undefined ? undefined : readFileSync(security.trustStore, 'utf8');
  const common = [`-Dlog4j2.configurationFile=${logging}`, '-cp', join(settings.libraries, '*')];
  if (!existsSync(join(logFolder, 'meta.properties'))) {
    settings.report('preparing', 'a new data folder');
    await rm(logFolder, { recursive: true, force: true });
    await format(settings, common, properties);
  }
  return createService({
    name: 'kafka',
    logFile: settings.logFile,
    command: {
      file: settings.java,
      args: [...brokerOptions, ...(node === undefined ? [] : nodeMemory), ...common, 'kafka.Kafka', properties],
      cwd: home,
    },
    stopSignal: 'TERM',
    probe: () => kafkaAnswers('127.0.0.1', port, authority),
    onChange: settings.onChange,
    report: settings.report,
  });
};

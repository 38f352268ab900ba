import { mkdirSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { MedallionError } from '@medallion/core';
import {
  endAbandoned,
  isFree,
  NODE_ARGUMENTS,
  NODE_ENVIRONMENT,
  openLedger,
  type ProcessIdentity,
  startGuard,
} from '@medallion/devstack';
import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import { type Child, createChild } from './child.ts';
import { DASHBOARD_PORT, METRICS_PORT } from './options.ts';

/** The services of the chain with their layers, in the order of the data. */
export const SERVICES = [
  { name: 'bronze-ingest', layer: 'bronze' },
  { name: 'silver-enrich', layer: 'silver' },
  { name: 'gold-aggregate', layer: 'gold' },
] as const;

/** The service that shows what the others do. */
export const DASHBOARD = 'dashboard';

/** A service that sends what a pipeline reads, and the arguments that say so. */
type Generator = { readonly name: string; readonly args: readonly string[] };

const orders = (pipeline: string): readonly [string, Generator] => [
  pipeline,
  { name: 'orders-generator', args: [pipeline] },
];

/** The generators of the pipelines that have one. */
const GENERATORS: ReadonlyMap<string, Generator> = new Map([
  ['santa-deliveries', { name: 'santa-generator', args: [] }],
  ...['orders-streaming', 'medallion-sales', 'lakeflow-customers', 'circuit-box'].map(orders),
]);

/** The generator of a pipeline. */
export const generatorOf = (pipeline: string): Generator | undefined => GENERATORS.get(pipeline);

/** What makes the topics and folders that any other pipeline reads, and sends nothing: its services would wait for them. */
export function preparerOf(plan: PipelinePlan): Generator {
  const sources = plan.tables.flatMap(flowsOf).map(({ source }) => source);
  const topics = sources.flatMap((source) => (source.kind === 'topic' ? ['--topic', source.topic] : []));
  const folders = sources.flatMap((source) =>
    source.kind === 'files' || source.kind === 'snapshot' ? ['--folder', source.path] : [],
  );
  return { name: 'orders-generator', args: [plan.name, ...topics, ...folders, '--events', '0'] };
}

/** Every generator that a former start may have left behind. */
const generatorNames = (): readonly string[] => [...new Set([...GENERATORS.values()].map(({ name }) => name))];

/** The processes of a pipeline. They end with this process, however it ends. */
export type Fleet = {
  readonly children: readonly Child[];
  /** Starts the dashboard, where there is to be one; once. It waits for the others, whose start it would slow down. */
  startDashboard(): void;
  /** Stops them in the order of the data, so that each drains what the one before it has written. */
  stop(): Promise<void>;
  /** SIGKILL to all of them. */
  kill(): void;
};

export type FleetOptions = {
  readonly root: string;
  /** Where the ledger of the processes is. */
  readonly folder: string;
  readonly logs: string;
  /** Where files land that a pipeline reads, unless LANDING_URL says otherwise. */
  readonly landing: string;
  readonly pipeline: string;
  readonly generator: { readonly name: string; readonly args: readonly string[] } | undefined;
  readonly metricsPort: number;
  /** Null: no dashboard. */
  readonly dashboardPort: number | null;
  readonly onNote: (text: string) => void;
};

/** Longer than a service's own deadline, so that the services decide. */
const GRACE_MS = 5_000;
const DEFAULT_SHUTDOWN_MS = 20_000;

/** The address of the metrics of a service. */
export const opsUrl = (index: number, metricsPort: number): string => `http://127.0.0.1:${metricsPort + index}`;

/**
 * Checks that the ports are free, after ending what a killed launcher has left behind.
 *
 * @throws MED_STACK_RUNNING, MED_PORT_TAKEN
 */
export async function claimFleet(options: FleetOptions) {
  const { folder, generator, onNote } = options;
  const order = [...(generator ? [generator.name] : generatorNames()), ...SERVICES.map(({ name }) => name), DASHBOARD];
  mkdirSync(folder, { recursive: true });
  await endAbandoned(folder, order, (name, pid) => onNote(`${name} of a start that was killed is ended (${pid})`));
  const ledger = openLedger(folder);
  try {
    for (const wanted of portsOf(options))
      if (!(await isFree(wanted.port))) throw new MedallionError('MED_PORT_TAKEN', wanted);
  } catch (error) {
    ledger.close();
    throw error;
  }
  return ledger;
}

function portsOf({ metricsPort, dashboardPort }: FleetOptions) {
  const metrics = (name: string, port: number) => ({ port, what: `the metrics of ${name}`, variable: METRICS_PORT });
  const services = SERVICES.map(({ name }, i) => metrics(name, metricsPort + i));
  if (dashboardPort === null) return services;
  const pages = { port: dashboardPort, what: 'the pages of the dashboard', variable: DASHBOARD_PORT };
  return [...services, metrics(DASHBOARD, metricsPort + SERVICES.length), pages];
}

/** Starts the processes; what `claimFleet` gave is theirs from now on, and closed by `stop`. */
export function startFleet(
  options: FleetOptions,
  ledger: Awaited<ReturnType<typeof claimFleet>>,
  env: Readonly<Record<string, string | undefined>>,
): Fleet {
  const guard = startGuard(undefined);
  const running = new Map<string, ProcessIdentity>();
  const children: Child[] = [];
  const onChange = (name: string) => (identity: ProcessIdentity | undefined) => {
    if (identity) running.set(name, identity);
    else running.delete(name);
    ledger.record(name, identity);
    const inOrder = children.flatMap((child) => running.get(child.name) ?? []);
    guard.watch(inOrder.map(({ pid }) => ({ pid, signal: 'TERM' })));
  };
  const add = (name: string, args: readonly string[], own: Readonly<Record<string, string | undefined>>): void => {
    children.push(
      createChild({
        name,
        args: [...NODE_ARGUMENTS, join(options.root, 'services', name, 'src', 'main.ts'), ...args],
        cwd: options.root,
        env: { ...NODE_ENVIRONMENT, ...own },
        logFile: join(options.logs, `${name}.log`),
        mayFinish: name === options.generator?.name,
        onChange: onChange(name),
        onNote: options.onNote,
      }),
    );
  };
  const { DATABASE_URL: databaseUrl, ...withoutDatabase } = serviceEnv(env, options);
  if (options.generator) add(options.generator.name, options.generator.args, withoutDatabase);
  for (const [i, { name, layer }] of SERVICES.entries()) {
    const PORT = String(options.metricsPort + i);
    // Only the gold layer is given the credentials of the database.
    add(name, [], { ...withoutDatabase, PORT, ...(layer === 'gold' ? { DATABASE_URL: databaseUrl } : {}) });
  }
  const began = [...children];
  for (const child of began) child.start();
  if (options.dashboardPort !== null)
    add(DASHBOARD, [], { ...withoutDatabase, ...dashboardEnv(options, env), DATABASE_URL: databaseUrl });

  const deadlineMs = Number(env.SHUTDOWN_TIMEOUT_MS || DEFAULT_SHUTDOWN_MS) + GRACE_MS;
  return {
    children,
    startDashboard() {
      for (const child of children) if (!began.includes(child)) child.start();
    },
    async stop() {
      for (const child of children) await child.stop(deadlineMs);
      ledger.close();
      await guard.dismiss();
    },
    kill() {
      for (const child of children) child.kill();
    },
  };
}

/** What the dashboard is told beside what all are: the local login may everything, one of yours what you gave it. */
function dashboardEnv(
  { metricsPort, dashboardPort }: FleetOptions,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return {
    OPERATOR_DATABASE_URL: env.OPERATOR_DATABASE_URL || env.DATABASE_URL,
    OPS_URLS: SERVICES.map((_, i) => opsUrl(i, metricsPort)).join(','),
    PORT: String(metricsPort + SERVICES.length),
    DASHBOARD_PORT: String(dashboardPort),
  };
}

/** The environment of the services: variables of the tools around them are not theirs. */
function serviceEnv(
  env: Readonly<Record<string, string | undefined>>,
  { pipeline, landing }: FleetOptions,
): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('MEDALLION_') && !name.startsWith('npm_'));
  // The launcher's own, if it has one: they run much of the same code.
  const compiled = getCompileCacheDir();
  const cache = compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) };
  return { ...cache, LANDING_URL: landing, ...Object.fromEntries(own), PIPELINES: pipeline, HOST: '127.0.0.1' };
}

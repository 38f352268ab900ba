import { MedallionError } from '@medallion/core';
import { Command, InvalidArgumentError } from 'commander';

/** What `npm start` was asked for. */
export type LaunchOptions = {
  readonly pipeline: string;
  readonly generator: boolean;
  /** Arguments for the generator. */
  readonly generatorArgs: readonly string[];
  readonly fresh: boolean;
  readonly yes: boolean;
  readonly plain: boolean;
  /** The port of the pages; null: no dashboard. */
  readonly dashboardPort: number | null;
  /** The ports of the services' metrics: this one and the next two, and that of the dashboard behind them. */
  readonly metricsPort: number;
};

/** The variable that chooses the ports of the services' metrics. */
export const METRICS_PORT = 'MEDALLION_METRICS_PORT';
const DEFAULT_METRICS_PORT = 29_101;
/** The variable that chooses the port of the dashboard's pages. */
export const DASHBOARD_PORT = 'MEDALLION_DASHBOARD_PORT';
const DEFAULT_DASHBOARD_PORT = 29_100;

type Flags = {
  pipeline: string;
  generator: boolean;
  rate?: string;
  speed?: string;
  seed?: string;
  fresh?: boolean;
  yes?: boolean;
  plain?: boolean;
  dashboard: boolean;
};

const positive = (text: string): string => {
  if (!(Number(text) > 0)) throw new InvalidArgumentError('expected a number above 0.');
  return text;
};
const rate = (text: string): string => (text === 'max' ? text : positive(text));
const whole = (text: string): string => {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('expected a whole number.');
  return text;
};

const EXAMPLES = `
Examples:
  npm start                                          600 events a minute, until Ctrl-C
  npm start -- --rate 500 --seed 7                   500 events a second, the same ones each time
  npm start -- --speed 60 --fresh                    a night in 36 minutes, from last Christmas, on empty tables
  npm start -- --rate 50 -- --quality hostile        what follows a second -- is for the generator (see its --help)
  npm start -- --pipeline medallion-sales            another of the pipelines in pipelines/, with its own generator
  npm start -- --no-generator                        only the services; send events to the input topic yourself
  npm start -- --plain > start.log                   lines instead of a screen, as without a terminal
  DATABASE_URL=postgres://me@db/santa npm start      with a Postgres of yours; also KAFKA_BROKERS, SCHEMA_REGISTRY_URL

Ports: 29092 Kafka, 28081 schema registry, 25432 Postgres, 29100 dashboard, 29101 to 29104 metrics of the services;
others with MEDALLION_KAFKA_PORT, MEDALLION_KAFKA_CONTROLLER_PORT, MEDALLION_REGISTRY_PORT, MEDALLION_POSTGRES_PORT,
${DASHBOARD_PORT} and ${METRICS_PORT} (the first of four). Data and logs are in .medallion/, or where MEDALLION_HOME says.
The first Ctrl-C drains and stops everything that was started here, a second one ends it at once. The next start goes
on where this one stopped.`;

const command = (): Command =>
  new Command('npm start --')
    .description('Starts Kafka, a schema registry and Postgres, runs a pipeline on them, and shows what it does.')
    .option('--pipeline <name>', 'the pipeline to run', 'santa-deliveries')
    .option('--rate <n>', 'events per second of the generator, or max (default: 10, in bursts every 5 s)', rate)
    .option('--speed <n>', 'seconds of event time per second', positive)
    .option('--seed <n>', 'same seed, same events (default: random)', whole)
    .option('--no-generator', 'send nothing, only make the input topic')
    .option('--no-dashboard', 'without the pages at http://127.0.0.1:29100')
    .option('--fresh', 'remove the local data first (asks before, where it can)')
    .option('--yes', 'do not ask')
    .option('--plain', 'plain lines every 10 s instead of a screen')
    .argument('[generator-options...]', 'more options for the generator, after a second --')
    .addHelpText('after', EXAMPLES)
    .exitOverride();

/**
 * Reads the command line and the environment. Throws commander's CommanderError after it has printed what was wrong, or
 * the help; MED_CONFIG_INVALID when the port is none.
 */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output?: { readonly write: (text: string) => void },
): LaunchOptions {
  const program = command();
  if (output) program.configureOutput({ writeOut: output.write, writeErr: output.write });
  program.parse(args, { from: 'user' });
  const flags = program.opts<Flags>();
  const passed = (['rate', 'speed', 'seed'] as const).flatMap((name) =>
    flags[name] === undefined ? [] : [`--${name}`, flags[name]],
  );
  return {
    pipeline: flags.pipeline,
    generator: flags.generator,
    generatorArgs: [...passed, ...program.args],
    fresh: flags.fresh ?? false,
    yes: flags.yes ?? false,
    plain: flags.plain ?? false,
    dashboardPort: flags.dashboard ? portOf(env, DASHBOARD_PORT, DEFAULT_DASHBOARD_PORT, 65_535) : null,
    metricsPort: portOf(env, METRICS_PORT, DEFAULT_METRICS_PORT, 65_532),
  };
}

function portOf(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  standard: number,
  greatest: number,
): number {
  const port = Number(env[variable] || standard);
  if (Number.isInteger(port) && port > 0 && port <= greatest) return port;
  throw new MedallionError('MED_CONFIG_INVALID', { problems: `${variable} is not a port` });
}

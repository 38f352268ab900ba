import { type DurationMs, type Instant, instant, milliseconds } from '@medallion/core';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type FaultKind, isFaultKind, KINDS, type Rates } from './kinds.ts';
import { type GeneratorOptions, lastChristmas, resolveOptions } from './options.ts';
import { PRESETS, type Quality } from './presets.ts';

/** Where a run writes to. */
export type Target =
  | { readonly to: 'kafka'; readonly brokers: readonly string[]; readonly topic: string; readonly partitions: number }
  | { readonly to: 'file'; readonly path: string }
  | { readonly to: 'stdout' };

/** What the command line asks for. */
export type Settings = {
  readonly generator: GeneratorOptions & { readonly seed: number };
  readonly pace: 'speed' | 'max';
  readonly target: Target;
  /** Where /livez, /readyz and /metrics are served; null for nowhere. */
  readonly ops: { readonly host: string; readonly port: number } | null;
  /** Whether the audit is printed as JSON. */
  readonly json: boolean;
};

/** What the settings depend on beside the arguments. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Instant;
  /** The seed when none is given. */
  readonly seed: number;
};

type Flags = {
  seed?: number;
  rate?: number | 'max';
  events?: number;
  speed: number;
  start?: Instant | 'now';
  burst?: number;
  quality: Quality;
  rateOf?: Rates;
  maxDisorder?: number;
  lateBy?: readonly [number, number];
  underWay: boolean;
  to?: 'kafka' | 'file' | '-';
  file?: string;
  topic: string;
  partitions: number;
  brokers?: string;
  port?: number;
  json?: boolean;
};

const usage = (message: string): never => {
  throw new InvalidArgumentError(message);
};

const number = (text: string): number => {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? usage('expected a number.') : value;
};
const whole = (text: string): number => {
  const value = number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : usage('expected a whole number.');
};
const notNegative = (text: string): number => {
  const value = number(text);
  return value >= 0 ? value : usage('expected a number from 0.');
};
const positive = (text: string): number => {
  const value = number(text);
  return value > 0 ? value : usage('expected a number above 0.');
};
const msOf = (amount: number, unitMs: number): DurationMs => milliseconds(Math.round(amount * unitMs));
const partitionCount = (text: string): number => whole(text) || usage('expected a whole number above 0.');

const portOf = (text: string): number => {
  const port = whole(text);
  return port <= 65_535 ? port : usage('expected a port.');
};

const rate = (text: string): number | 'max' =>
  text === 'max' ? 'max' : text.endsWith('/min') ? positive(text.slice(0, -'/min'.length)) / 60 : positive(text);

const startAt = (text: string): Instant | 'now' => {
  if (text === 'now') return 'now';
  const at = /^\d{4}-\d\d-\d\d(T.*Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? usage('expected now, a day, or an ISO-8601 instant in UTC.') : instant(at);
};

const rateOf = (text: string, before: Rates = {}): Rates => {
  const [kind = '', share = ''] = text.split('=');
  if (!isFaultKind(kind)) return usage(`there is no kind "${kind}"; see the end of --help.`);
  return { ...before, [kind satisfies FaultKind]: number(share) };
};

const range = (text: string): readonly [number, number] => {
  const [low = '', high = ''] = text.split('..');
  return [positive(low), positive(high)];
};

const kindsHelp = (): string =>
  [
    '\nKinds of records, for --rate-of (what each is → what a pipeline makes of it):',
    ...Object.entries(KINDS).map(([kind, { what, expected }]) => `  ${kind}: ${what} → ${expected}`),
  ].join('\n');

const command = (): Command =>
  new Command('santa-generator')
    .description("Sends Santa's deliveries, seeded and with the faults that one asks for, to Kafka or a file.")
    .option('--seed <n>', 'same seed and options, same stream; random if not given', whole)
    .option('--rate <n>', 'records per second, or n/min, or max (default: 600/min in bursts every 5 s)', rate)
    .option('--events <n>', 'stop after so many records (default: endless)', whole)
    .option('--speed <n>', 'seconds of event time per second', positive, 1)
    .option(
      '--start <instant>',
      'event time of the start (default: now; last Christmas with --speed, --rate max)',
      startAt,
    )
    .option('--burst <seconds>', 'emit in bursts so far apart, 0 for none', notNegative)
    .addOption(new Option('--quality <preset>', 'rates of faults').choices(Object.keys(PRESETS)).default('realistic'))
    .option('--rate-of <kind=share>', "a kind's share of all records, 0 to 1; repeatable", rateOf)
    .option('--max-disorder <seconds>', 'out-of-order records are at most so old (default: 120)', positive)
    .option('--late-by <min..max>', 'late records are so many minutes old (default: 10..60)', range)
    .option('--no-under-way', 'no delivery has left before the start')
    .addOption(new Option('--to <target>', 'default: kafka, or file with --file').choices(['kafka', 'file', '-']))
    .option('--file <path>', 'JSON lines; a tombstone is an empty line, keys are not written')
    .option('--topic <name>', 'topic, created if missing', 'santa.deliveries.raw')
    .option('--partitions <n>', 'partitions of a topic that is created', partitionCount, 4)
    .option('--brokers <list>', 'host:port, comma-separated (default: KAFKA_BROKERS, or 127.0.0.1:9092)')
    .option(
      '--port <n>',
      'serve /livez, /readyz and /metrics here, 0 for any free port (default: PORT, or not at all)',
      portOf,
    )
    .option('--json', 'print the audit as JSON')
    .addHelpText('after', kindsHelp())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    });

const portFrom = (text: string, program: Command): number => {
  try {
    return portOf(text);
  } catch {
    return program.error(`error: PORT "${text}" is not a port`);
  }
};

/**
 * Reads the command line. Throws commander's CommanderError after it has printed what was wrong, or the help;
 * MED_CONFIG_INVALID where values contradict one another.
 */
export function parseCli(args: readonly string[], { env, now, seed }: Surroundings): Settings {
  const program = command();
  const flags = program.parse(args, { from: 'user' }).opts<Flags>();
  const pace = flags.rate === 'max' ? 'max' : 'speed';
  const start = flags.start ?? (flags.speed === 1 && pace === 'speed' ? 'now' : lastChristmas(now));
  const to = flags.to ?? (flags.file === undefined ? 'kafka' : 'file');
  const brokers = (flags.brokers ?? env.KAFKA_BROKERS ?? '127.0.0.1:9092').split(',').map((broker) => broker.trim());
  if (to === 'file' && flags.file === undefined) program.error('error: --to file needs --file <path>');
  if (to === 'kafka') {
    for (const broker of brokers) {
      if (!/^[^\s:]+:\d{1,5}$|^\[[^\]]+\]:\d{1,5}$/.test(broker))
        program.error(`error: broker "${broker}" is not host:port`);
    }
  }
  const generator = {
    seed: flags.seed ?? seed,
    start: start === 'now' ? now : start,
    speed: flags.speed,
    quality: flags.quality,
    underWay: flags.underWay,
    ...(typeof flags.rate === 'number' && { ratePerSecond: flags.rate }),
    ...(flags.burst !== undefined && { burst: msOf(flags.burst, 1_000) }),
    ...(flags.events !== undefined && { events: flags.events }),
    ...(flags.rateOf !== undefined && { rates: flags.rateOf }),
    ...(flags.maxDisorder !== undefined && { maxDisorder: msOf(flags.maxDisorder, 1_000) }),
    ...(flags.lateBy !== undefined && {
      lateBy: { min: msOf(flags.lateBy[0], 60_000), max: msOf(flags.lateBy[1], 60_000) },
    }),
  };
  resolveOptions(generator);
  const target: Target =
    to === 'kafka'
      ? { to, brokers, topic: flags.topic, partitions: flags.partitions }
      : to === 'file'
        ? { to, path: flags.file ?? '' }
        : { to: 'stdout' };
  const port = flags.port ?? (env.PORT === undefined || env.PORT === '' ? null : portFrom(env.PORT, program));
  const ops = port === null ? null : { host: env.HOST || '127.0.0.1', port };
  return { generator, pace, target, ops, json: flags.json ?? false };
}

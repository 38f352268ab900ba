import { Command, InvalidArgumentError } from 'commander';
import type { ScenarioOptions } from './scenario.ts';
import { INPUTS, type PipelineInput, preparedOnly } from './scenarios/index.ts';

/** What the command line asks for. */
export type Settings = {
  readonly pipeline: string;
  readonly input: PipelineInput;
  readonly scenario: ScenarioOptions;
  /** Orders a second of the clock; null for as fast as possible. */
  readonly ratePerSecond: number | null;
  readonly landing: string;
  readonly brokers: readonly string[];
  readonly partitions: number;
  /** Topics are left out: their records come to `<landing>/<topic>.jsonl`. */
  readonly recordsToFiles: boolean;
  readonly json: boolean;
};

/** What the settings depend on beside the arguments. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
  /** The seed when none is given. */
  readonly seed: number;
};

type Flags = {
  seed?: number;
  rate: number | 'max';
  speed: number;
  events: number;
  perStep: number;
  start?: number;
  spacing?: number;
  bad: number;
  failAt?: number;
  landing?: string;
  brokers?: string;
  partitions: number;
  recordsToFiles?: boolean;
  topic?: string[];
  folder?: string[];
  json?: boolean;
};

const refuse = (message: string): never => {
  throw new InvalidArgumentError(message);
};
const positive = (text: string): number => (Number(text) > 0 ? Number(text) : refuse('expected a number above 0.'));
const whole = (text: string): number =>
  /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : refuse('expected a whole number.');
const count = (text: string): number => whole(text) || refuse('expected a whole number above 0.');
const share = (text: string): number =>
  Number(text) >= 0 && Number(text) <= 1 ? Number(text) : refuse('expected a share from 0 to 1.');
const rate = (text: string): number | 'max' => (text === 'max' ? text : positive(text));
const instant = (text: string): number =>
  Number.isNaN(Date.parse(text)) ? refuse('expected an ISO-8601 instant or day.') : Date.parse(text);

const command = (): Command =>
  new Command('orders-generator')
    .description('Sends what a shop would: orders, customers, addresses, as files and as records of topics.')
    .argument('<pipeline>', `whose inputs are sent: ${Object.keys(INPUTS).join(', ')}`)
    .option('--seed <n>', 'same seed and options, same bytes; random if not given', whole)
    .option('--events <n>', 'stop after so many orders (default: endless)', whole, Number.POSITIVE_INFINITY)
    .option('--rate <n>', 'orders a second, or max', rate, 10)
    .option('--per-step <n>', 'orders that are sent together, or that one file holds', count, 50)
    .option('--speed <n>', "seconds of the shop's time per second", positive, 1)
    .option('--start <instant>', "the shop's time of the first order (default: now)", instant)
    .option('--spacing <seconds>', "the shop's time between two orders (default: speed / rate)", positive)
    .option('--bad <share>', 'how likely an order is bad', share, 0.03)
    .option('--fail-at <n>', 'this order, counted from 0, breaks a rule that stops its flow', whole)
    .option('--landing <folder>', 'where files land (default: LANDING_URL, or .medallion/files)')
    .option('--brokers <list>', 'host:port, comma-separated (default: KAFKA_BROKERS, or 127.0.0.1:9092)')
    .option('--partitions <n>', 'partitions of a topic that is made', count, 4)
    .option('--records-to-files', 'write records to <landing>/<topic>.jsonl as keys and values, send nothing')
    .option('--topic <names...>', 'of a pipeline that is none of these: topics to make, to which nothing is sent')
    .option('--folder <names...>', 'of a pipeline that is none of these: folders to make below --landing')
    .option('--json', 'print the audit as JSON')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    });

/** Reads the command line. Throws commander's CommanderError after it has printed what was wrong, or the help. */
export function parseCli(args: readonly string[], { env, nowMs, seed }: Surroundings): Settings {
  const program = command();
  const flags = program.parse(args, { from: 'user' }).opts<Flags>();
  const [pipeline = ''] = program.args;
  const { topic, folder } = flags;
  const input = INPUTS[pipeline] ?? (topic || folder ? preparedOnly(topic ?? [], folder ?? []) : undefined);
  if (input === undefined)
    return program.error(`error: there is no pipeline "${pipeline}"; one of ${Object.keys(INPUTS)}`);
  const ratePerSecond = flags.rate === 'max' ? null : flags.rate;
  return {
    pipeline,
    input,
    ratePerSecond,
    scenario: {
      seed: flags.seed ?? seed,
      // A run at a given time can be repeated, with the same names; other runs have names of their own.
      run: flags.start === undefined ? `${Math.floor(nowMs / 1_000).toString(36)}-` : '',
      events: flags.events,
      perStep: flags.perStep,
      startMs: flags.start ?? nowMs,
      spacingMs: Math.max(1, Math.round(1_000 * (flags.spacing ?? flags.speed / (ratePerSecond ?? 10)))),
      badShare: flags.bad,
      failAt: flags.failAt ?? null,
    },
    landing: flags.landing ?? env.LANDING_URL ?? '.medallion/files',
    brokers: (flags.brokers ?? env.KAFKA_BROKERS ?? '127.0.0.1:9092').split(',').map((broker) => broker.trim()),
    partitions: flags.partitions,
    recordsToFiles: flags.recordsToFiles ?? false,
    json: flags.json ?? false,
  };
}

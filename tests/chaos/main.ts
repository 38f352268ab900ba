import { parseArgs } from 'node:util';
import { seedFrom } from '../support/random.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Fault } from './fault.ts';
import { runChaos } from './run-chaos.ts';
import { canMount } from './support/small-disk.ts';

const usage = `usage: npm run chaos -- [--minutes 30] [--seed N] [--only NAME,…] [--brokers 1|3] [--rate 200] [--list]

Lets things go wrong on real processes, while a reader checks all the time that what users see is right.
Each fault comes once before any comes again, in an order of the seed. Exit code 1 when something did not hold.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    brokers: { type: 'string' },
    rate: { type: 'string', default: '200' },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

function wrong(problem: string): never {
  console.error(`${problem}\n\n${usage}`);
  process.exit(2);
}

const named = values.only?.split(',').map((name) => name.trim());
for (const name of named ?? [])
  if (!CATALOGUE.some((fault) => fault.name === name)) wrong(`there is no fault "${name}": --list names them`);
const chosen = CATALOGUE.filter(({ name }) => named?.includes(name) ?? true);
const brokers = Number(values.brokers ?? (chosen.some(({ needs }) => needs?.brokers === 3) ? 3 : 1));
const [minutes, perSecond] = [Number(values.minutes ?? 30), Number(values.rate)];
if (brokers !== 1 && brokers !== 3) wrong('--brokers is 1 or 3');
if (!(minutes > 0) || !(perSecond > 0)) wrong('--minutes and --rate are numbers above 0');

if (values.help) {
  console.log(usage);
  process.exit(0);
}
if (values.list) {
  for (const { name, does, needs } of CATALOGUE)
    console.log(
      `${name.padEnd(28)} ${does}${needs?.brokers === 3 ? '  [three brokers]' : ''}${needs?.disks ? '  [root]' : ''}`,
    );
  process.exit(0);
}

const mounts = chosen.some(({ needs }) => needs?.disks) && canMount();
const skipped = (fault: Fault): string | null =>
  fault.needs?.disks && !mounts
    ? 'small file systems cannot be mounted here: that needs root'
    : fault.needs?.brokers === 3 && brokers !== 3
      ? 'it needs three brokers'
      : null;
for (const fault of chosen) {
  const why = skipped(fault);
  if (why !== null) console.log(`skipped: ${fault.name}: ${why}`);
}
const faults = chosen.filter((fault) => skipped(fault) === null);
if (faults.length === 0) wrong('no fault is left');

const seed = seedFrom(values.seed);
const given = (['only', 'minutes', 'brokers', 'rate'] as const).flatMap((name) =>
  values[name] === undefined ? [] : [`--${name} ${values[name]}`],
);

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    console.log('told to stop: what goes wrong is undone first');
    stop.abort(new Error('told to stop'));
  });

process.exitCode = await runChaos({
  ...{ faults, brokers, smallDisks: mounts, seed, signal: stop.signal },
  ...{ durationMs: minutes * 60_000, perSecond, once: named !== undefined && values.minutes === undefined },
  again: ['npm run chaos --', ...given, `--seed ${seed}`].join(' '),
});

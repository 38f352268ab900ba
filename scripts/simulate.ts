// npm run simulate: whole pipelines in a simulated world. See docs/simulation.md.
import { randomInt } from 'node:crypto';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf } from '../libs/core/src/index.ts';
import { simulateMutants } from '../tests/simulation/mutants/simulate-mutants.ts';
import { replay } from '../tests/simulation/replay.ts';
import { runSeeds } from '../tests/simulation/run-seeds.ts';
import { WORLDS } from '../tests/simulation/worlds.ts';

const USAGE = `usage: npm run simulate -- [options]

  --seeds N        play so many seeds, chosen anew each time (default 1000)
  --minutes N      play seeds for so long instead
  --first N        begin with this seed
  --seed N         play this one, and shrink it where it breaks a promise
  --pipeline NAME  one of ${WORLDS.map(({ name }) => name).join(', ')} (default: all in turn; of --seed the first)
  --all            go on after a seed that broke a promise
  --full           with --seed: the whole trace
  --mutants        play deliberate defects, up to --seeds each (default 500), and save docs/simulation-mutants.md
  --only NAME      with --mutants: this one alone; may come several times`;

const OPTIONS = {
  seeds: { type: 'string' },
  minutes: { type: 'string' },
  first: { type: 'string' },
  seed: { type: 'string' },
  pipeline: { type: 'string' },
  all: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  mutants: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

const wrong = (reason: string): never => {
  console.error(`${reason}\n\n${USAGE}`);
  process.exit(2);
};
const parsed = () => {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return wrong(messageOf(error));
  }
};
const values = parsed();
const whole = (name: 'seeds' | 'minutes' | 'first' | 'seed'): number | undefined => {
  const text = values[name];
  if (text === undefined) return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : wrong(`--${name} is a whole number, not ${text}`);
};

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
if (values.pipeline !== undefined && !WORLDS.some(({ name }) => name === values.pipeline))
  wrong(`no pipeline ${values.pipeline} can be simulated`);

if (values.mutants) {
  const first = whole('first') ?? randomInt(2 ** 31);
  const allCaught = await simulateMutants({ only: values.only, first, seeds: whole('seeds') ?? 500 });
  process.exit(allCaught ? 0 : 1);
}

const seed = whole('seed');
if (seed !== undefined) {
  const held = await replay(values.pipeline ?? WORLDS[0]!.name, seed, { full: values.full });
  process.exit(held ? 0 : 1);
}

const minutes = whole('minutes');
const first = whole('first') ?? randomInt(2 ** 31);
const count = whole('seeds') ?? (minutes === undefined ? 1_000 : Number.MAX_SAFE_INTEGER);
console.log(`first seed ${first}`);
let shownMs = 0;
const { played, tookMs, broken } = await runSeeds({
  pipelines: values.pipeline === undefined ? WORLDS.map(({ name }) => name) : [values.pipeline],
  first,
  count,
  goOn: values.all,
  ...(minutes === undefined ? {} : { limitMs: minutes * 60_000 }),
  onProgress: (done, ms) => {
    if (ms - shownMs < 10_000) return;
    shownMs = ms;
    console.log(`${done} seeds, ${((done * 1_000) / ms).toFixed(1)} a second`);
  },
  onBroken: ({ pipeline, seed: broke, violations }) => {
    console.log(`seed ${broke} of ${pipeline}: ${violations[0]!.invariant}: ${violations[0]!.what.slice(0, 300)}`);
    console.log(`  npm run simulate -- --seed ${broke} --pipeline ${pipeline}`);
  },
});
console.log(`${played} seeds in ${(tookMs / 1_000).toFixed(0)} s, ${((played * 1_000) / tookMs).toFixed(1)} a second`);
if (broken.length > 0) console.log(`${broken.length} of them broke a promise`);
process.exit(broken.length === 0 ? 0 : 1);

// npm run fuzz [-- --entrance NAME] [--cases N] [--minutes N] [--seed N]: hostile input to every entrance, or to one.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ENTRANCES } from '../tests/fuzz/entrances/index.ts';

const usage = `usage: npm run fuzz [-- --entrance NAME] [--cases N] [--minutes N] [--seed N]

  --entrance  one of ${ENTRANCES.map(({ name }) => name).join(', ')}; all of them by default
  --cases     for each entrance, 100000 by default
  --minutes   for all of them together, instead
  --seed      sees something again, with --entrance`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    entrance: { type: 'string' },
    cases: { type: 'string', default: '100000' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const whole = (name: string, text: string): number => {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  console.error(`--${name}: "${text}" is no whole number`);
  process.exit(2);
};
const named = values.entrance;
const chosen = named === undefined ? ENTRANCES : ENTRANCES.filter(({ name }) => name === named);
if (chosen.length === 0) {
  console.error(`there is no entrance "${named}", only ${ENTRANCES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
// A seed is for seeing something again: unless more is asked for, the round that has it.
const once = values.seed !== undefined && named !== undefined && !process.argv.includes('--cases');
const cases = once ? 1 : whole('cases', values.cases);
const seed = values.seed === undefined ? randomInt(0x7fff_ffff) : whole('seed', values.seed);
const timeMs = values.minutes === undefined ? undefined : whole('minutes', values.minutes) * 60_000;

for (const entrance of chosen) {
  const began = performance.now();
  const options = { cases, seed, ...(timeMs === undefined ? {} : { timeMs: timeMs / chosen.length }) };
  try {
    const { cases: ran, fates } = await entrance.fuzz(options);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const met = [...fates].sort(([, a], [, b]) => b - a).map(([fate, n]) => `${fate} ${n}`);
    console.log(
      `✓ ${entrance.name.padEnd(18)} ${String(ran).padStart(7)} cases in ${seconds} s, seed ${seed}: ${met.join(', ')}`,
    );
  } catch (error) {
    console.log(`✗ ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from './options.ts';

const quiet = { write: () => {} };
const parse = (...args: string[]) => parseOptions(args, {}, quiet);

test('without options the Santa pipeline runs with its generator', () => {
  assert.deepEqual(parse(), {
    pipeline: 'santa-deliveries',
    generator: true,
    generatorArgs: [],
    fresh: false,
    yes: false,
    plain: false,
    dashboardPort: 29_100,
    metricsPort: 29_101,
  });
});

test('without the dashboard its port does not matter', () => {
  assert.equal(parse('--no-dashboard').dashboardPort, null);
  const env = { MEDALLION_DASHBOARD_PORT: '1234' };
  assert.equal(parseOptions([], env, quiet).dashboardPort, 1234);
  assert.equal(parseOptions(['--no-dashboard'], { MEDALLION_DASHBOARD_PORT: 'x' }, quiet).dashboardPort, null);
});

test('rate, speed and seed go to the generator, and so does all behind a second --', () => {
  const { generatorArgs } = parse('--rate', '500', '--speed', '60', '--seed', '7', '--', '--quality', 'hostile');
  assert.deepEqual(generatorArgs, ['--rate', '500', '--speed', '60', '--seed', '7', '--quality', 'hostile']);
  assert.equal(parse('--no-generator').generator, false);
});

test('what cannot be is refused before anything is started', () => {
  for (const args of [['--rate', '0'], ['--rate', 'fast'], ['--seed', '1.5'], ['--speed', '-1'], ['--frehs']])
    assert.throws(() => parse(...args), { name: 'CommanderError', exitCode: 1 }, args.join(' '));
  for (const env of [{ MEDALLION_METRICS_PORT: '65533' }, { MEDALLION_DASHBOARD_PORT: '65536' }])
    assert.throws(() => parseOptions([], env, quiet), { code: 'MED_CONFIG_INVALID' });
});

test('the help has examples and ends with exit code 0', () => {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  assert.throws(() => parseOptions(['--help'], {}, { write }), { exitCode: 0 });
  assert.match(text, /Examples:\n {2}npm start/);
});

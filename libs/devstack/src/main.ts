import { isMedallionError, messageOf } from '@medallion/core';
import { progressLine } from './progress.ts';
import { startStack } from './stack.ts';

const usage = 'usage: node libs/devstack/src/main.ts up [--ephemeral]';
const [command, ...flags] = process.argv.slice(2);
if (command !== 'up' || flags.some((flag) => flag !== '--ephemeral')) {
  console.error(usage);
  process.exit(2);
}
const interrupt = new AbortController();
const stopAsked = new Promise<void>((resolve) => interrupt.signal.addEventListener('abort', () => resolve()));
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => interrupt.abort(new Error('interrupted')));
try {
  const stack = await startStack({
    mode: flags.includes('--ephemeral') ? 'ephemeral' : 'persistent',
    signal: interrupt.signal,
    onProgress: (event) => console.error(progressLine(event)),
  });
  for (const [name, value] of Object.entries(stack.env)) console.log(`${name}=${value}`);
  await stopAsked;
  await stack.stop();
} catch (error) {
  console.error(isMedallionError(error) ? error.message : ((error as Error).stack ?? messageOf(error)));
  process.exitCode = 1;
}

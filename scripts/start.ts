import { progressLine, startStack } from '../libs/devstack/src/index.ts';

// Ctrl-C reaches this process several times: from the terminal, and forwarded by npm and by the bootstrap.
const interrupt = new AbortController();
const stopAsked = new Promise<void>((resolve) => interrupt.signal.addEventListener('abort', () => resolve()));
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => interrupt.abort(new Error('interrupted')));

try {
  const stack = await startStack({
    signal: interrupt.signal,
    onProgress: (event) => console.error(progressLine(event)),
  });
  for (const [name, value] of Object.entries(stack.env)) console.log(`${name}=${value}`);
  console.log('Ctrl-C stops it; the next start goes on with the same data');
  await stopAsked;
  await stack.stop();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

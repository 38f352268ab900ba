/**
 * The entry point of the image: the first argument names what runs, the rest is for it. It runs in this process, so that
 * what the container is told (SIGTERM) reaches it, and no process in between has to pass that on.
 */
import { fileURLToPath } from 'node:url';

const service = (name: string): string => `../../services/${name}/src/main.ts`;

const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ...['bronze-ingest', 'silver-enrich', 'gold-aggregate', 'santa-generator', 'orders-generator', 'dashboard'].map(
    (name): [string, string] => [name, service(name)],
  ),
  ['medallion', '../../scripts/medallion.ts'],
]);

// The kernel ignores SIGTERM and SIGINT to process 1 unless it listens to them. Until the program does, while its modules
// are loaded, this does it: nothing has been begun then, and a container that is stopped need not wait to be killed.
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(code);
  });

const [name = '', ...args] = process.argv.slice(2);
const program = PROGRAMS.get(name);
if (program === undefined) {
  const isHelp = ['--help', '-h', 'help'].includes(name);
  (isHelp ? console.log : console.error)(`usage: docker run IMAGE ${[...PROGRAMS.keys()].join(' | ')} [arguments]`);
  process.exitCode = isHelp ? 0 : 2;
} else {
  const url = new URL(program, import.meta.url);
  process.argv = [process.execPath, fileURLToPath(url), ...args];
  await import(url.href);
}

// Progress lines, child processes and failures of the bootstrap. Plain JavaScript for Node 20 without dependencies:
// it runs before anything is installed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** A failure with a remedy, shown without a stack trace. */
export class BootstrapError extends Error {
  /** @param {string} message @param {string} remedy */
  constructor(message, remedy) {
    super(`${message}\nRemedy: ${remedy}`);
  }
}

/** @param {number} from */
const since = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

/**
 * Says what is being done, and how long it took. Standard error: standard output belongs to the command itself.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 */
export const step = async (what, work) => {
  const from = performance.now();
  process.stderr.write(`medallion: ${what} …\n`);
  const result = await work();
  process.stderr.write(`medallion: ${what}: done in ${since(from)}\n`);
  return result;
};

/** @type {import('node:child_process').ChildProcess | undefined} */
let current;

/** Signals go on to the running child; this process ends when the child has. */
export const forwardSignals = () => {
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(name, () => {
      if (current) current.kill(name);
      else process.exit(1);
    });
};

/** @typedef {{ code: number, output: string }} Outcome */

/**
 * Runs a program to its end. With `quiet`, its output is collected instead of shown.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 * @returns {Promise<Outcome>}
 */
export const run = (file, args, options = {}) =>
  new Promise((resolve, reject) => {
    const { quiet = false, ...rest } = options;
    const child = spawn(file, args, { ...rest, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    current = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      current = undefined;
      // A signal as a shell reports it.
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), output: output.trim() });
    });
  });

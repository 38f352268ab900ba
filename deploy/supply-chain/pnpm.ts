import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** The checkout. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** How a run of pnpm ended. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

type Command = { readonly file: string; readonly prefix: readonly string[] };

/** Runs the pnpm that the bootstrap brought, in the checkout. A code other than 0 is an answer, not an exception. */
export const pnpm = async (args: readonly string[], timeoutMs = 120_000): Promise<Ran> => {
  // Plain JavaScript, as it also runs on nodes that know no types; so its type is said here.
  const bootstrap: { pnpmCommand(): Promise<Command> } = await import(join(ROOT, 'scripts', 'bootstrap', 'tools.mjs'));
  const { file, prefix } = await bootstrap.pnpmCommand();
  return new Promise((resolve, reject) => {
    const options = { cwd: ROOT, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(file, [...prefix, ...args], options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
};

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../../scripts/medallion.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

/** Runs the `medallion` command, as a person does; rejects with what it says when it fails. */
export async function command(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const { stdout } = await run(process.execPath, [program, ...args], {
    env: { PATH, HOME, ...env },
    timeout: TIMEOUT_MS,
  });
  return stdout;
}

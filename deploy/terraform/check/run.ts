import { execFile } from 'node:child_process';

/** How a program ended; `output` is all that it said, `stdout` what it answered. */
export type Ran = { readonly code: number; readonly output: string; readonly stdout: string };

/** Runs a program and waits for it; `null` where there is no such program. */
export const run = (
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number },
): Promise<Ran | null> =>
  new Promise((resolve) => {
    const { cwd, env = process.env, timeoutMs = 600_000 } = options;
    execFile(
      file,
      [...args],
      { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null && error.code === 'ENOENT') resolve(null);
        else
          resolve({
            code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
            output: stdout + stderr,
            stdout,
          });
      },
    );
  });

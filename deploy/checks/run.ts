import { spawn } from 'node:child_process';

/** How a program ended; a signal, and a start that failed, count as code -1, with the reason in `stderr`. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

type Options = {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
};

/** Whether there was no such program to run. */
export const isMissing = ({ code, stderr }: Ended): boolean => code === -1 && / ENOENT$/.test(stderr);

/** Runs a program to its end; never rejects, as what a program refuses is what is looked at here. */
export function run(program: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  const { input, timeoutMs = 120_000, env = process.env, cwd } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, timeout: timeoutMs, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // Who has ended reads no more; its exit code says why.
    child.stdin.on('error', () => {});
    child.on('error', (error) => resolve({ code: -1, stdout, stderr: `${stderr}${error.message}` }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? -1, stdout, stderr: signal ? `${stderr}${signal}` : stderr }),
    );
    child.stdin.end(input ?? '');
  });
}

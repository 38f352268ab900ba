import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FileResult } from './run-file.ts';

/** Runs a tool of the workspace, such as the compiler, as one test: its exit code decides. */
export const runCheck = async (root: string, name: string, args: readonly string[]): Promise<FileResult> => {
  const began = performance.now();
  const [tool = '', ...rest] = args;
  let output = '';
  const code = await new Promise<number>((resolve) => {
    const child = spawn(join(root, 'node_modules', '.bin', tool), rest, { cwd: root });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', (exit) => resolve(exit ?? 1));
  });
  const good = code === 0;
  return {
    name,
    passed: good ? 1 : 0,
    failed: good ? 0 : 1,
    skipped: 0,
    ms: performance.now() - began,
    failures: good ? [] : [`${args.join(' ')}\n${output.trim()}`],
    output,
  };
};

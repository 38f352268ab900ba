import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, globSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@medallion/core';

/** What the pages are made of, below the folder of the dashboard. */
const SOURCES = ['package.json', 'web/index.html', 'web/vite.config.ts', 'web/{src,public,build}/**/*'];

/** How a build ended: `kept` where nothing had changed since the last one. */
export type PageBuild = 'built' | 'kept' | { readonly failed: string };

/** Whether some source of the pages is newer than what was built of them. */
export function isStale(folder: string): boolean {
  const built = join(folder, 'web', 'dist', 'index.html');
  if (!existsSync(built)) return true;
  const { mtimeMs } = statSync(built);
  return globSync(SOURCES, { cwd: folder }).some((name) => statSync(join(folder, name)).mtimeMs > mtimeMs);
}

/**
 * Builds the pages of the dashboard where they are out of date, and puts them in the place of the former ones at once. It
 * waits for everything else that this machine has to do, as nobody can look at the pages before the stack is up.
 *
 * @param folder that of the dashboard
 */
export async function buildPage(folder: string, logs: string, signal: AbortSignal): Promise<PageBuild> {
  const vite = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
  const logFile = join(logs, 'dashboard-page.log');
  try {
    if (!isStale(folder)) return 'kept';
    if (!existsSync(vite)) return { failed: 'vite is not installed: run pnpm install' };
    mkdirSync(logs, { recursive: true });
    const made = `dist.${process.pid}`;
    const code = await run([vite, 'build', 'web', '--outDir', made], folder, logFile, signal);
    if (code !== 0) {
      rmSync(join(folder, 'web', made), { recursive: true, force: true });
      return { failed: signal.aborted ? 'stopped' : `vite ended with code ${code}, see ${logFile}` };
    }
    replace(join(folder, 'web', 'dist'), join(folder, 'web', made));
    return 'built';
  } catch (error) {
    return { failed: messageOf(error) };
  }
}

const REPLACE_TRIES = 5;

/** Others may do the same at the same moment: pages that they have put there in between are as good, and give way. */
function replace(target: string, by: string): void {
  const old = `${by}.old`;
  for (let tried = 1; ; tried++)
    try {
      if (existsSync(target)) renameSync(target, old);
      renameSync(by, target);
      return;
    } catch (error) {
      if (tried === REPLACE_TRIES) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
}

/** Runs a script of Node with the least priority; its exit code, or 1, once its log is written. */
function run(args: readonly string[], cwd: string, logFile: string, signal: AbortSignal): Promise<number> {
  const log = createWriteStream(logFile);
  const child = spawn(process.execPath, args, { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or this system has no priorities.
  }
  return new Promise((resolve) => {
    const end = (code: number): void => {
      for (const stream of [child.stdout, child.stderr]) stream.unpipe(log);
      log.end(() => resolve(code));
    };
    child.once('error', () => end(1));
    child.once('close', (code) => end(code ?? 1));
  });
}

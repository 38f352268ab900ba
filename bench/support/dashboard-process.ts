import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NODE_ARGUMENTS, NODE_ENVIRONMENT } from '@medallion/devstack';
import { freePort } from '../../tests/support/free-port.ts';
import { type ProcessFigures, processFigures } from './process-figures.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The dashboard as a process of its own. */
export type DashboardProcess = {
  readonly url: string;
  readonly figures: () => ProcessFigures;
  readonly stop: () => Promise<void>;
};

/** Starts the dashboard on a free port; resolves when it answers. */
export async function startDashboard(
  env: Readonly<Record<string, string>>,
  logFolder: string,
): Promise<DashboardProcess> {
  const port = await freePort();
  const log = openSync(join(logFolder, 'dashboard.log'), 'a');
  const child: ChildProcess = spawn(
    process.execPath,
    [...NODE_ARGUMENTS, join(ROOT, 'services', 'dashboard', 'src', 'main.ts')],
    {
      env: {
        ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
        ...{ NODE_COMPILE_CACHE: join(ROOT, '.medallion', 'compiled'), ...NODE_ENVIRONMENT, ...env },
        ...{ PORT: '0', DASHBOARD_PORT: String(port) },
      },
      stdio: ['ignore', log, log],
    },
  );
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 30_000; ; await delay(100)) {
    if (child.exitCode !== null) throw new Error(`the dashboard ended, see ${logFolder}`);
    if ((await fetch(url).catch(() => null))?.ok) break;
    if (Date.now() > deadline) throw new Error(`the dashboard does not answer, see ${logFolder}`);
  }
  return {
    url,
    figures: () => processFigures(child.pid!),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

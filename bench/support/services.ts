import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_ARGUMENTS, NODE_ENVIRONMENT } from '@medallion/devstack';
import { type ProcessFigures, processFigures } from './process-figures.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The services that are measured. */
export const ENGINE = ['bronze-ingest', 'silver-enrich', 'gold-aggregate'] as const;
export type EngineService = (typeof ENGINE)[number];

/** A service under measurement, as a process of its own. */
export type MeasuredService = {
  readonly name: EngineService;
  readonly figures: () => ProcessFigures;
  readonly stop: () => Promise<void>;
};

/** Starts a service with its log in `logFolder`; NODE_ARGS in the environment adds arguments of node (a profiler's). */
export function startService(
  name: EngineService,
  env: Readonly<Record<string, string>>,
  logFolder: string,
): MeasuredService {
  mkdirSync(logFolder, { recursive: true });
  const args = (process.env.NODE_ARGS ?? '').split(' ').filter((arg) => arg !== '');
  const child: ChildProcess = spawn(
    process.execPath,
    [...NODE_ARGUMENTS, ...args, join(ROOT, 'services', name, 'src', 'main.ts')],
    {
      // Compiled code is kept between starts, as `npm start` keeps it.
      env: {
        ...NODE_ENVIRONMENT,
        ...process.env,
        NODE_COMPILE_CACHE: join(ROOT, '.medallion', 'compiled'),
        ...env,
        PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: logFolder,
    },
  );
  const log = createWriteStream(join(logFolder, `${name}.log`));
  child.stdout!.pipe(log);
  child.stderr!.pipe(log);
  const ended = once(child, 'exit');
  return {
    name,
    figures: () => processFigures(child.pid!),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

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

/** A process under measurement. */
export type MeasuredProcess = {
  readonly name: string;
  readonly pid: number;
  readonly figures: () => ProcessFigures;
  readonly stop: () => Promise<void>;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
};

/** A service under measurement, as a process of its own. */
export type MeasuredService = MeasuredProcess & { readonly name: EngineService };

/** Starts a service with its log in `logFolder`. */
export const startService = (
  name: EngineService,
  env: Readonly<Record<string, string>>,
  logFolder: string,
): MeasuredService => ({
  ...startProcess({ name, args: [join(ROOT, 'services', name, 'src', 'main.ts')], env, logFolder }),
  name,
});

/**
 * Starts a script of node with the settings that services have in production; NODE_ARGS in the environment adds arguments of
 * node (a profiler's).
 */
export function startProcess({ name, args, env, logFolder }: ProcessStart): MeasuredProcess {
  mkdirSync(logFolder, { recursive: true });
  const more = (process.env.NODE_ARGS ?? '').split(' ').filter((arg) => arg !== '');
  const child: ChildProcess = spawn(process.execPath, [...NODE_ARGUMENTS, ...more, ...args], {
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
  });
  const log = createWriteStream(join(logFolder, `${name}.log`), { flags: 'a' });
  child.stdout!.pipe(log);
  child.stderr!.pipe(log);
  const ended = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  return {
    name,
    pid: child.pid!,
    figures: () => processFigures(child.pid!),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

type ProcessStart = {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFolder: string;
};

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { MedallionError, messageOf } from '@medallion/core';
import { childrenOf, identify, type ProcessIdentity, signal, waitForEnd } from './identity.ts';
import type { ServiceName, Stage } from './options.ts';

/**
 * One process of the stack.
 *
 * stopped ─start─▶ starting ─probe answers─▶ ready ─stop─▶ stopped; a process that ends unasked is reported as `exited`
 * and counts as stopped.
 */
export type Service = {
  readonly name: ServiceName;
  /** What the process prints; the previous run's is beside it with `.1`. */
  readonly logFile: string;
  /** The process id while it runs. */
  readonly pid: number | undefined;
  /** @throws MED_STACK_START_FAILED when it ends or does not answer in time. */
  start(): Promise<void>;
  /** Stops it in order; `hard` is SIGKILL to it and its children, as a crash would be. */
  stop(options?: { readonly hard?: boolean }): Promise<void>;
  /** Stops and starts it on the same port with the same data. */
  restart(options?: { readonly hard?: boolean }): Promise<void>;
};

export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whom to run as; only root may choose. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
};

export type ServiceSpec = {
  readonly name: ServiceName;
  readonly logFile: string;
  readonly command: Command;
  readonly stopSignal: 'TERM' | 'INT';
  /** Whether it answers; asked again until it does. */
  readonly probe: () => Promise<boolean>;
  /** Once it answers, each time. */
  readonly onReady?: () => Promise<void>;
  /** After each start and end of its process. */
  readonly onChange: (identity: ProcessIdentity | undefined) => void;
  readonly report: (stage: Stage, detail?: string) => void;
};

/** A few seconds are enough for a quiet machine; one that builds something else meanwhile takes many times that. */
const startTimeoutMs = 300_000;
const stopTimeoutMs = 20_000;
const probeIntervalMs = 40;
const maxLogBytes = 10_000_000;

const lastLines = (file: string, lines: number): string => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
};

const openLog = (file: string): number => {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) {
    rmSync(`${file}.1`, { force: true });
    renameSync(file, `${file}.1`);
  }
  return openSync(file, 'a');
};

/** Makes the handle of a service; nothing runs before its start(). */
export const createService = (spec: ServiceSpec): Service => {
  let running: { readonly child: ChildProcess; readonly identity: ProcessIdentity; asked: boolean } | undefined;

  const failed = (reason: string): MedallionError =>
    new MedallionError('MED_STACK_START_FAILED', {
      what: spec.name,
      reason: [reason, lastLines(spec.logFile, 12)].filter(Boolean).join('\n'),
      logFile: spec.logFile,
    });

  const launch = async (): Promise<void> => {
    const { command } = spec;
    const log = openLog(spec.logFile);
    // A process group of its own: Ctrl-C in the terminal reaches only this process, which then stops it in order.
    // Its output goes to a file, not a pipe, so that it can still shut down after this process was killed.
    const child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      detached: true,
      stdio: ['ignore', log, log],
      ...command.user,
    });
    closeSync(log);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(failed(messageOf(error))));
    });
    const identity = identify(child.pid ?? -1);
    if (!identity) throw failed('it ended at once');
    const mine = { child, identity, asked: false };
    running = mine;
    spec.onChange(identity);
    child.once('exit', (code, by) => {
      if (running !== mine) return;
      running = undefined;
      spec.onChange(undefined);
      if (!mine.asked) spec.report('exited', by ? `killed by ${by}` : `exit code ${code}`);
    });
  };

  const untilReady = async (): Promise<void> => {
    const deadline = performance.now() + startTimeoutMs;
    const mine = running;
    while (!(await spec.probe())) {
      if (running === undefined || running !== mine) throw failed('its process ended');
      if (performance.now() > deadline) throw failed(`it did not answer within ${startTimeoutMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, probeIntervalMs));
    }
    await spec.onReady?.();
  };

  const service: Service = {
    name: spec.name,
    logFile: spec.logFile,
    get pid() {
      return running?.identity.pid;
    },
    async start() {
      if (running) return;
      spec.report('starting');
      await launch();
      await untilReady();
      spec.report('ready');
    },
    async stop(options = {}) {
      const mine = running;
      if (!mine) return;
      spec.report('stopping');
      mine.asked = true;
      const ended = new Promise<void>((resolve) => mine.child.once('close', () => resolve()));
      // Postgres' backends are in groups of their own and outlive its main process by a moment: they keep its shared
      // memory, without which it cannot start again. So a crash takes the children along.
      const children = childrenOf(mine.identity.pid);
      signal(mine.identity.pid, options.hard ? 'SIGKILL' : `SIG${spec.stopSignal}`);
      const timer = setTimeout(() => signal(mine.identity.pid, 'SIGKILL'), stopTimeoutMs);
      await ended;
      clearTimeout(timer);
      for (const child of children) {
        if (!(await waitForEnd(child, options.hard ? 0 : 2_000))) signal(child.pid, 'SIGKILL');
        await waitForEnd(child, 5_000);
      }
      spec.report('stopped');
    },
    async restart(options = {}) {
      await service.stop(options);
      await service.start();
    },
  };
  return service;
};

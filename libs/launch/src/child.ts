import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { messageOf } from '@medallion/core';
import { identify, type ProcessIdentity } from '@medallion/devstack';

/**
 * A process that is kept running:
 *
 *   idle ─start─▶ running ─ends unasked─▶ paused (1 s, doubled up to 30 s) ─▶ running
 *                    │  └─ exit code 2, wrong configuration ─▶ failed
 *                    │  └─ exit code 0, where that is its end ─▶ finished
 *                    └─stop─▶ stopping ─▶ stopped     (from paused: stopped at once)
 */
export type ChildState = 'idle' | 'running' | 'paused' | 'failed' | 'finished' | 'stopping' | 'stopped';

export type Child = {
  readonly name: string;
  readonly state: ChildState;
  readonly restarts: number;
  readonly logFile: string;
  /** When the present process began, by performance.now(). */
  readonly startedMs: number;
  start(): void;
  /** SIGTERM, and SIGKILL after the deadline. Nothing is started again afterwards. */
  stop(deadlineMs: number): Promise<void>;
  /** SIGKILL, now. */
  kill(): void;
};

export type ChildSpec = {
  readonly name: string;
  /** The script and its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Whether exit code 0 is the end of its work, and no reason to start it again. */
  readonly mayFinish: boolean;
  /** After each start and end. */
  readonly onChange: (identity: ProcessIdentity | undefined) => void;
  /** What a person should be told. */
  readonly onNote: (text: string) => void;
};

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A process that ran so long has recovered: its next end is a new incident. */
const RECOVERED_MS = 60_000;
const MAX_LOG_BYTES = 10_000_000;
const USAGE = 2;

const openLog = (file: string): number => {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
};

/** The message of the last line of a log: its `msg` where the line is JSON. */
const lastMessage = (file: string): string => {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const plain = lines.findLast((each) => each !== '' && !each.startsWith('{'));
    return (plain ?? lines.at(-1) ?? '').slice(0, 300);
  } catch {
    return '';
  }
};

/** Makes the handle; nothing runs before its start(). */
export function createChild(spec: ChildSpec): Child {
  let state: ChildState = 'idle';
  let running: ChildProcess | undefined;
  let restarts = 0;
  let startedMs = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let pause: NodeJS.Timeout | undefined;

  const ended = (reason: string, code: number | null): void => {
    running = undefined;
    spec.onChange(undefined);
    if (state === 'stopping') {
      state = 'stopped';
      return;
    }
    if (code === 0 && spec.mayFinish) {
      state = 'finished';
      spec.onNote(`${spec.name} has finished`);
      return;
    }
    if (code === USAGE) {
      state = 'failed';
      spec.onNote(`${spec.name} cannot start: ${lastMessage(spec.logFile)}`);
      return;
    }
    if (performance.now() - startedMs > RECOVERED_MS) pauseMs = FIRST_PAUSE_MS;
    state = 'paused';
    spec.onNote(
      `${spec.name} ended (${reason}); it is started again in ${pauseMs / 1000} s, see ${relative('', spec.logFile)}`,
    );
    pause = setTimeout(() => {
      restarts++;
      launch();
    }, pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  };

  const launch = (): void => {
    state = 'running';
    startedMs = performance.now();
    const log = openLog(spec.logFile);
    // A process group of its own: Ctrl-C in the terminal reaches only the launcher, which then stops it in order.
    // Its output goes to a file, so that it can still shut down after the launcher was killed.
    const child = spawn(process.execPath, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running = child;
    child.once('error', (error) => {
      if (child.pid === undefined) ended(messageOf(error), null);
    });
    child.once('exit', (code, by) => ended(by === null ? `exit code ${code}` : `killed by ${by}`, code));
    if (child.pid !== undefined) spec.onChange(identify(child.pid));
  };

  return {
    name: spec.name,
    logFile: spec.logFile,
    get state() {
      return state;
    },
    get restarts() {
      return restarts;
    },
    get startedMs() {
      return startedMs;
    },
    start() {
      if (state === 'idle') launch();
    },
    async stop(deadlineMs) {
      clearTimeout(pause);
      const child = running;
      if (child === undefined) {
        if (state !== 'finished' && state !== 'failed') state = 'stopped';
        return;
      }
      state = 'stopping';
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const timer = setTimeout(() => {
        spec.onNote(`${spec.name} did not stop within ${deadlineMs / 1000} s and is killed; nothing is lost`);
        child.kill('SIGKILL');
      }, deadlineMs);
      await exited;
      clearTimeout(timer);
    },
    kill() {
      clearTimeout(pause);
      if (running !== undefined) state = 'stopping';
      running?.kill('SIGKILL');
    },
  };
}

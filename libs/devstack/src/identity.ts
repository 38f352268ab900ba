import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process id with its start time: ids are reused, the pair is not. */
export type ProcessIdentity = { readonly pid: number; readonly started: string };

const statFields = (pid: number): string[] | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, in parentheses, may hold spaces: fields are counted after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
};

const ps = (...args: string[]): string => {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
};

const startTime = (pid: number): string | undefined => {
  if (process.platform !== 'linux') return ps('-o', 'lstart=', '-p', String(pid)) || undefined;
  const fields = statFields(pid);
  // A zombie has ended, only its parent has not looked yet.
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
};

/** The identity of a running process; undefined when it has ended. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  const started = startTime(pid);
  return started === undefined ? undefined : { pid, started };
};

/** Whether just this process, and not a later one with its id, still runs. */
export const isRunning = (identity: ProcessIdentity): boolean => startTime(identity.pid) === identity.started;

/** The children of a process, not their children. */
export const childrenOf = (pid: number): ProcessIdentity[] => {
  const children: number[] = [];
  if (process.platform === 'linux') {
    for (const entry of readdirSync('/proc'))
      if (/^\d+$/.test(entry) && statFields(Number(entry))?.[1] === String(pid)) children.push(Number(entry));
  } else {
    for (const line of ps('-A', '-o', 'pid=,ppid=').split('\n')) {
      const [child, parent] = line.trim().split(/\s+/);
      if (parent === String(pid)) children.push(Number(child));
    }
  }
  return children.map(identify).filter((child) => child !== undefined);
};

/** Sends a signal; false when there is no such process any more. */
export const signal = (pid: number, name: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

/** Waits until a process has ended; false when it still runs after `timeoutMs`. */
export const waitForEnd = async (identity: ProcessIdentity, timeoutMs: number): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
};

import { readFileSync } from 'node:fs';

/** What the operating system says of a process: CPU time in microseconds, resident memory in bytes. */
export type ProcessFigures = { readonly cpuUs: number; readonly rssBytes: number; readonly peakRssBytes: number };

const CLOCK_TICKS_PER_S = 100;

/** Reads /proc; Linux only. Throws when the process has ended. */
export function processFigures(pid: number): ProcessFigures {
  // Fields after the command's closing parenthesis: state is the 3rd of the line, utime the 14th, stime the 15th.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    cpuUs: (ticks * 1_000_000) / CLOCK_TICKS_PER_S,
    rssBytes: kilobytes('VmRSS') * 1024,
    peakRssBytes: kilobytes('VmHWM') * 1024,
  };
}

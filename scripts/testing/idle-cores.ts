import { cpus } from 'node:os';

type Times = { readonly idle: number; readonly all: number };

const timesNow = (): Times => {
  const each = cpus().map(({ times }) => times);
  const sum = (of: (times: (typeof each)[number]) => number): number => each.reduce((total, t) => total + of(t), 0);
  return { idle: sum((t) => t.idle), all: sum(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq) };
};

/** How many cores had nothing to do between two looks. */
export const idleBetween = (before: Times, after: Times, cores: number): number =>
  after.all === before.all ? 0 : (cores * (after.idle - before.idle)) / (after.all - before.all);

/** A way to ask how many cores had nothing to do since one asked before. */
export function idleCores(): () => number {
  let before = timesNow();
  return () => {
    const after = timesNow();
    const idle = idleBetween(before, after, cpus().length);
    before = after;
    return idle;
  };
}

/** Runs `work` after `delayMs` and returns what calls that off. A simulator gives its own, with a virtual clock. */
export type Schedule = (delayMs: number, work: () => void) => () => void;

/** The process's own timers; a delay of 0 is the next turn of the event loop. */
export const realSchedule: Schedule = (delayMs, work) => {
  if (delayMs <= 0) {
    const soon = setImmediate(work);
    return () => clearImmediate(soon);
  }
  const timer = setTimeout(work, delayMs);
  return () => clearTimeout(timer);
};

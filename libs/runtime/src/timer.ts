/** Runs `work` after so many milliseconds; what it returns calls that off. */
export type Timer = (ms: number, work: () => void) => () => void;

/** The timers of the process. */
export const processTimer: Timer = (ms, work) => {
  const timeout = setTimeout(work, ms);
  return () => clearTimeout(timeout);
};

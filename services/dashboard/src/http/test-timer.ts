import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/** Turns of the loop in which what was due before a timer can come to its end, with nothing to wait for. */
const TURNS = 200;

/**
 * What `work` gives, where that takes no longer than a timer of `ms` that is started with it. Both wait in one loop, so a
 * machine that is busy holds back the one like the other: this is a bound of how long the work waits, not of its speed.
 *
 * @throws Error when the timer was first
 */
export async function soonerThan<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const late = Symbol('late');
  const stop = new AbortController();
  const timer = async (): Promise<typeof late> => {
    await delay(ms, undefined, { signal: stop.signal }).catch(() => {});
    for (let turns = 0; turns < TURNS; turns++) await turn();
    return late;
  };
  const working = work();
  const first = await Promise.race([working, timer()]).finally(() => stop.abort());
  if (first === late) throw new Error(`it waits for longer than ${ms} ms`);
  return first as T;
}

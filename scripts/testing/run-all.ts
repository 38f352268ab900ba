import { availableParallelism, freemem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { idleCores } from './idle-cores.ts';

/** So many run at a time: one more than there are cores, as much of a test is waiting. */
export const CONCURRENCY = availableParallelism() + 1;
/** Never more than so many, however idle the machine is: each may have a Kafka of its own. */
export const MOST = 3 * availableParallelism();
/** Of a core; with less to spare one more would only make the others slower. */
const ENOUGH_IDLE = 0.5;
/** What a stack of its own and its services take. */
const ENOUGH_MEMORY = 2 * 1024 ** 3;
const LOOK_EVERY_MS = 3_000;

/** Cores that had nothing to do since it was asked before, where there is memory for one more. */
function spareCores(): () => number {
  const idle = idleCores();
  return () => {
    const cores = idle();
    return freemem() > ENOUGH_MEMORY ? cores : 0;
  };
}

/**
 * Runs each of these, some at a time, in their order. Where they wait more than they work (`fill`), further ones are begun
 * as long as a part of the machine is idle, so that it does not depend on which ones meet how long all take.
 */
export async function runAll<T>(
  items: readonly T[],
  run: (item: T) => Promise<void>,
  options: {
    readonly fill: boolean;
    readonly signal: AbortSignal;
    /** How much of the machine, in cores, can be had. */
    readonly idle?: () => number;
    readonly lookEveryMs?: number;
  },
): Promise<void> {
  const queue = [...items];
  let running = 0;
  const next = async (): Promise<boolean> => {
    const item = options.signal.aborted ? undefined : queue.shift();
    if (item === undefined) return false;
    running += 1;
    await run(item).finally(() => {
      running -= 1;
    });
    return true;
  };
  const worker = async (): Promise<void> => {
    while (await next());
  };
  const further: Promise<boolean>[] = [];
  const emptied = new AbortController();
  const filler = async (): Promise<void> => {
    const { idle = spareCores(), lookEveryMs = LOOK_EVERY_MS } = options;
    while (queue.length > 0 && !options.signal.aborted) {
      await delay(lookEveryMs, undefined, { signal: emptied.signal }).catch(() => {});
      if (idle() >= ENOUGH_IDLE && running < MOST) further.push(next());
    }
  };
  const filling = options.fill ? filler() : Promise.resolve();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker)).finally(() => emptied.abort());
  await filling;
  await Promise.all(further);
}

import { setTimeout as delay } from 'node:timers/promises';

/** Does `work` again and again, `everyMs` after it has ended, until it gives `true` or the signal comes. */
export async function repeat(
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<boolean | undefined> | undefined,
): Promise<void> {
  while (!signal.aborted) {
    if ((await work()) === true) return;
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}

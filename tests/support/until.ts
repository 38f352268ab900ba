import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is not null or undefined. An error counts as no answer yet: what is asked may be restarting.
 *
 * @throws Error with `what`, the time and the last error or what `describe` says.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined> | T | null | undefined,
  options: {
    readonly timeoutMs: number;
    readonly everyMs?: number;
    readonly describe?: () => string;
    /** Called before each question; what it throws ends the waiting. */
    readonly giveUp?: () => void;
  },
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  let last = '';
  for (;;) {
    options.giveUp?.();
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined) return answer;
      last = '';
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > deadline) {
      const state = [options.describe?.(), last].filter(Boolean).join('; ');
      throw new Error(`${what}: not within ${options.timeoutMs / 1000} s${state && ` (${state})`}`);
    }
    await delay(options.everyMs ?? 200);
  }
}

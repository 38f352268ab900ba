import { troubleOf } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ServiceLog } from './logger.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** One Ctrl-C can arrive twice: from the terminal to the whole group, and passed on by npm or a supervisor. */
const SAME_REQUEST_MS = 500;

/**
 * Connects a service with its process: a signal stops it in order, a later one at once, and an error that nobody
 * caught ends it, since after one nothing is known about the state in memory.
 */
export function listenToProcess(life: Pick<Lifecycle, 'shutdown'>, log: ServiceLog): void {
  let firstMs: number | undefined;
  for (const signal of SIGNALS)
    process.on(signal, () => {
      const nowMs = performance.now();
      if (firstMs === undefined) {
        firstMs = nowMs;
        life.shutdown(signal);
      } else if (nowMs - firstMs > SAME_REQUEST_MS) {
        log.fatal({ signal }, 'told to stop again: exiting at once');
        process.exit(1);
      }
    });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      log.fatal({ err: error, code: troubleOf(error).code, event }, 'an error that nobody caught: exiting');
      process.exit(1);
    });
}

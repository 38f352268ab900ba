import { isMedallionError, type Log, messageOf } from '@medallion/core';

/** A flow that runs: `done` rejects when it ended by itself. */
export type RunningFlow = { readonly done: Promise<void>; stop(): Promise<void> };

/** What readiness checks are told of a flow. */
export type Condition =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly remedy: string };

/** What a supervisor needs to know and to tell. */
export type SupervisorParts = {
  readonly name: string;
  readonly logger: Log;
  readonly report: (condition: Condition) => void;
  readonly restarted: () => void;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Keeps one flow running.
 *
 *   starting ──▶ running ──ended──▶ paused (250 ms, doubled up to 10 s) ──▶ starting
 *       │           │
 *       └───────────┴──an error that only a person can mend──▶ failed (stays so; the other flows go on)
 *
 * Every start begins from the last checkpoint or lease, so nothing that happened before has to be known here.
 */
export function supervise(start: () => Promise<RunningFlow>, parts: SupervisorParts): RunningFlow {
  const stopping = new AbortController();
  let running: RunningFlow | null = null;

  const run = async (): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      try {
        running = await start();
        parts.report({ ok: true });
        if (stopping.signal.aborted) {
          // Told to stop while it started: nobody else knows of it.
          await running.stop();
          return;
        }
        const cleared = setTimeout(() => {
          pauseMs = FIRST_PAUSE_MS;
        }, LONGEST_PAUSE_MS);
        try {
          await running.done;
        } finally {
          clearTimeout(cleared);
        }
        if (!stopping.signal.aborted) throw new Error('the subscription ended by itself');
      } catch (error) {
        const ended = running;
        running = null;
        parts.report(conditionOf(error));
        await ended?.stop().catch((cause: unknown) => {
          parts.logger.debug({ flow: parts.name, reason: messageOf(cause) }, 'ended flow did not stop cleanly');
        });
        if (stopping.signal.aborted) return;
        if (isMedallionError(error) && !error.retryable) {
          parts.logger.error({ flow: parts.name, err: error, code: error.code }, 'flow stopped; it needs a person');
          return;
        }
        // Errors with a code explain themselves; of the others the stack is wanted.
        const what = isMedallionError(error) ? { code: error.code, reason: error.message } : { err: error };
        parts.logger.warn({ flow: parts.name, ...what, pauseMs }, 'flow ended; starting it again from its checkpoint');
        await parts.sleep(pauseMs, stopping.signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        if (!stopping.signal.aborted) parts.restarted();
      }
    }
  };

  const done = run();
  return {
    done,
    async stop() {
      stopping.abort();
      await running?.stop();
      await done;
    },
  };
}

function conditionOf(error: unknown): Condition {
  return isMedallionError(error)
    ? { ok: false, code: error.code, message: error.message, remedy: error.remedy }
    : { ok: false, code: 'MED_FLOW_ENDED', message: messageOf(error), remedy: 'nothing to do: it is started again' };
}

import { isMedallionError, type Log, type MedallionError, messageOf } from '@medallion/core';
import { stoppable } from './stoppable.ts';
import { processTimer, type Timer } from './timer.ts';

/** A flow that runs: `done` rejects when it ended by itself. */
export type RunningFlow = {
  readonly done: Promise<void>;
  /** Resolves when a flow that is not to run for ever has processed all of its input. */
  readonly finished?: Promise<void>;
  stop(): Promise<void>;
};

/** What readiness checks are told of a flow. */
export type Condition =
  | { readonly ok: true; readonly message?: string }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly remedy: string };

/** What a supervisor needs to know and to tell. */
export type SupervisorParts = {
  readonly name: string;
  readonly logger: Log;
  readonly report: (condition: Condition) => void;
  readonly restarted: () => void;
  /**
   * `endless`: tries again what may pass, and waits for a person to mend the rest. `retries`: tries again, but ends with an
   * error that needs a person. `none`: ends with the first error. Absent: endless.
   */
  readonly patience?: Patience;
  /** Waits for a decision of a person about an error that stopped the flow; false when the signal aborts first. */
  readonly decided?: (failure: MedallionError, signal: AbortSignal) => Promise<boolean>;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Says when a flow has run long enough; the process's own timers when absent. */
  readonly timer?: Timer;
};

/** How long a supervisor bears with errors. */
export type Patience = 'endless' | 'retries' | 'none';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Keeps one flow running.
 *
 *   starting ──▶ running ──ended──▶ paused (250 ms, doubled up to 10 s) ──▶ starting
 *       │         │    └──has processed all that it is to process──▶ finished
 *       └─────────┴──an error that only a person can mend──▶ stopped ──a decision──▶ starting
 *
 * The other flows go on meanwhile. Every start begins from the last checkpoint or lease, so nothing that happened before
 * has to be known here. `done` resolves when the flow is not started again; with less than endless patience it rejects
 * with the error that ended it.
 */
export function supervise(start: () => Promise<RunningFlow>, parts: SupervisorParts): RunningFlow {
  const stopping = new AbortController();
  const { signal } = stopping;
  const patience = parts.patience ?? 'endless';
  let running: RunningFlow | null = null;
  let pauseMs = FIRST_PAUSE_MS;

  const letGo = async (ended: RunningFlow): Promise<void> => {
    await ended.stop().catch((cause: unknown) => {
      parts.logger.debug({ flow: parts.name, reason: messageOf(cause) }, 'ended flow did not stop cleanly');
    });
  };

  /** Starts the flow once; true when it has finished or was stopped, so that it is not to be started again. */
  const runOnce = async (): Promise<boolean> => {
    running = await start();
    parts.report({ ok: true });
    if (signal.aborted) {
      // Told to stop while it started: nobody else knows of it.
      await running.stop();
      return true;
    }
    const forget = (parts.timer ?? processTimer)(LONGEST_PAUSE_MS, () => {
      pauseMs = FIRST_PAUSE_MS;
    });
    try {
      const finished = running.finished?.then(() => true) ?? new Promise<never>(() => {});
      if (await Promise.race([running.done.then(() => false), finished])) {
        await letGo(running);
        running = null;
        parts.logger.info({ flow: parts.name }, 'flow finished: its input is processed up to its end');
        return true;
      }
    } finally {
      forget();
    }
    if (!signal.aborted) throw new Error('the subscription ended by itself');
    return true;
  };

  /** What becomes of a flow that ended with an error: true when it is to be started again. */
  const outlived = async (error: unknown): Promise<boolean> => {
    if (patience === 'none') throw error;
    if (!isMedallionError(error) || error.retryable) {
      // Errors with a code explain themselves; of the others the stack is wanted.
      const what = isMedallionError(error) ? { code: error.code, reason: error.message } : { err: error };
      parts.logger.warn({ flow: parts.name, ...what, pauseMs }, 'flow ended; starting it again from its checkpoint');
      await parts.sleep(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      return true;
    }
    parts.logger.error({ flow: parts.name, err: error, code: error.code }, 'flow stopped; it needs a person');
    if (patience === 'retries') throw error;
    const decided = (await parts.decided?.(error, signal)) ?? false;
    if (decided) parts.logger.info({ flow: parts.name }, 'a person decided; starting the flow again');
    return decided;
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted)
      try {
        if (await runOnce()) return;
      } catch (error) {
        const ended = running;
        running = null;
        parts.report(conditionOf(error));
        if (ended !== null) await letGo(ended);
        if (signal.aborted || !(await outlived(error))) return;
        if (!signal.aborted) parts.restarted();
      }
  };

  return stoppable(stopping, run(), () => running);
}

function conditionOf(error: unknown): Condition {
  return isMedallionError(error)
    ? { ok: false, code: error.code, message: error.message, remedy: error.remedy }
    : { ok: false, code: 'MED_FLOW_ENDED', message: messageOf(error), remedy: 'nothing to do: it is started again' };
}

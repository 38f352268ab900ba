import { type Log, MedallionError } from '@medallion/core';
import { settlesWithin } from './deadline.ts';
import { type Health, troubleOf } from './health.ts';

/** A service that runs: how to stop it, and when it ends by itself. */
export type Running = {
  /** Finishes the work in hand and releases everything; called once. */
  stop(): Promise<void>;
  /** Resolves when all work is done for good, rejects when the service cannot go on. Absent: it runs until told. */
  readonly done?: Promise<void>;
};

/** The life of one service, from its start to its exit code. */
export type Lifecycle = {
  /** Tells the service to stop; more calls change nothing. */
  shutdown(reason: string): void;
  /** Ends with code 1 after a try to stop in order; for an error of the service. */
  fail(error: unknown): void;
  /** The exit code; resolves once, when the service has ended. */
  readonly ended: Promise<0 | 1>;
};

type Options = {
  readonly log: Log;
  readonly health: Health;
  readonly shutdownTimeoutMs: number;
  /** `stopping` is aborted when the service is told to stop, so that a start that waits can give up. */
  readonly start: (stopping: AbortSignal) => Promise<Running>;
};

/**
 * Starts a service and sees it through to its end:
 *
 *   start ─▶ running ─▶ stop, within the deadline ─▶ 0
 *     │         │                 └─ too late, or stop rejects ─▶ 1
 *     │         └─ done rejects ─▶ stop, within the deadline ─▶ 1
 *     └─ rejects ─▶ 1     (told to stop meanwhile: what start gave is stopped, a rejection is then the end it asked for)
 */
export function beginLife({ log, health, shutdownTimeoutMs, start }: Options): Lifecycle {
  const stopping = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<0 | 1>();
  let failed = false;
  const record = (error: unknown): void => {
    failed = true;
    log.error({ err: error, code: troubleOf(error).code }, 'the service failed');
    health.fail(troubleOf(error));
  };
  const starting = start(stopping.signal);

  const stop = async (): Promise<void> => {
    const running = await starting.catch((error: unknown) => {
      // a start that gives up because it was told to stop has not failed
      if (!failed) log.info({ err: error }, 'the start was given up');
    });
    await running?.stop();
  };
  const shutdown = (reason: string): void => {
    if (stopping.signal.aborted) return;
    health.moveTo('draining');
    log.info({ reason, shutdownTimeoutMs }, 'stopping');
    stopping.abort();
    settlesWithin(stop(), shutdownTimeoutMs).then(
      (inTime) => {
        if (!inTime) record(new MedallionError('MED_DRAIN_TIMEOUT', { timeoutMs: shutdownTimeoutMs }));
        health.moveTo('stopped');
        end(failed ? 1 : 0);
      },
      (error: unknown) => {
        record(error);
        end(1);
      },
    );
  };
  const fail = (error: unknown): void => {
    record(error);
    shutdown('the service failed');
  };
  starting.then(
    (running) => {
      if (stopping.signal.aborted) return;
      if (health.moveTo('ready')) log.info({}, 'ready');
      running.done?.then(
        () => shutdown('all work is done'),
        (error: unknown) => fail(error),
      );
    },
    (error: unknown) => {
      if (!stopping.signal.aborted) fail(error);
    },
  );
  return { shutdown, fail, ended };
}

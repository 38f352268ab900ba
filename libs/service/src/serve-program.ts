import { type Log, systemClock } from '@medallion/core';
import { createHealth, type Health } from './health.ts';
import { serveOps } from './http.ts';
import { createMetrics, type ServiceMetrics } from './metrics.ts';
import { type WorkProgress, watchProgress } from './progress.ts';

/** The operator's side of a program that has a life of its own: a generator, a tool that runs for long. */
export type ServedProgram = {
  readonly metrics: ServiceMetrics;
  readonly health: Pick<Health, 'set'>;
  readonly progress: WorkProgress;
  readonly url: string;
  /** From now on `/readyz` says so. */
  ready(): void;
  close(): Promise<void>;
};

/** How long a program may make no progress before `/livez` says so, in milliseconds. */
const STALL_MS = 60_000;

/**
 * Serves `/livez`, `/readyz` and `/metrics` of a program that is no `runService`; what it does when it stalls is left to
 * whoever probes it.
 *
 * @throws MED_PORT_TAKEN, MED_LISTEN_FAILED
 */
export async function serveProgram(options: {
  readonly name: string;
  readonly version: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly log: Log;
}): Promise<ServedProgram> {
  const { name, version, host, port, log } = options;
  const health = createHealth(systemClock);
  const metrics = createMetrics({ service: name, version, ready: () => health.report().ready });
  const watch = watchProgress(STALL_MS, () => {});
  const server = await serveOps({ host, port, service: name, health, metrics, log, verdict: watch.verdict });
  return {
    metrics,
    health,
    progress: watch.progress,
    url: server.url,
    ready: () => void health.moveTo('ready'),
    async close() {
      health.moveTo('draining');
      watch.stop();
      await server.close();
    },
  };
}

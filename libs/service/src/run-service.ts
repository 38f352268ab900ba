import { readFileSync } from 'node:fs';
import { type Clock, isMedallionError, MedallionError, systemClock } from '@medallion/core';
import { type Config, loadConfig, showConfig } from './config.ts';
import { createHealth, type Health } from './health.ts';
import { followLoad } from './heap-growth.ts';
import { serveOps } from './http.ts';
import { beginLife, type Running } from './lifecycle.ts';
import { createLogger, type ServiceLog } from './logger.ts';
import { createMetrics, type ServiceMetrics } from './metrics.ts';
import { listenToProcess } from './process-events.ts';
import { type Progress, watchProgress } from './progress.ts';
import type { Settings } from './setting.ts';
import { serviceSettings } from './standard-settings.ts';

/** What a service is given to run with. */
export type ServiceContext<S extends Settings> = {
  /** Its name and version, as logs and metrics say them. */
  readonly identity: { readonly service: string; readonly version: string };
  readonly config: Config<S & typeof serviceSettings>;
  readonly log: ServiceLog;
  readonly metrics: ServiceMetrics;
  readonly health: Pick<Health, 'set' | 'remove'>;
  readonly clock: Clock;
  readonly progress: Progress;
  /** Aborted when the service is told to stop, also while it starts. */
  readonly stopping: AbortSignal;
  /** Where `/livez`, `/readyz` and `/metrics` are. */
  readonly opsUrl: string;
};

/** A service: its name, its own settings, and how it starts. */
export type Service<S extends Settings> = {
  readonly name: string;
  readonly settings: S;
  /** Resolves when the service works; from then on it is ready. */
  readonly start: (context: ServiceContext<S>) => Promise<Running>;
};

const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
};

/** Exit codes: 0 fine, 1 failed, 2 usage (the configuration). */
function readConfig<S extends Settings>(settings: S): Config<S> {
  try {
    return loadConfig(settings, process.env);
  } catch (error) {
    if (!isMedallionError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/**
 * Runs a service until it ends, then ends the process: configuration (every problem on standard error, exit code 2),
 * logs, metrics, health over HTTP, and an end in order on SIGTERM, SIGINT and SIGHUP: no longer ready, `stop()` within
 * SHUTDOWN_TIMEOUT_MS, exit code 0. A second signal, an error that nobody caught, no progress for twice
 * STALL_TIMEOUT_MS (MED_STALLED), a start or `done` that rejects: exit code 1.
 *
 * @example
 * await runService({ name: 'silver-enrich', settings: engineSettings, start: async ({ config, log }) => startSilver(config, log) })
 */
export async function runService<const S extends Settings>(service: Service<S>): Promise<never> {
  const settings: S & typeof serviceSettings = { ...service.settings, ...serviceSettings };
  const config = readConfig(settings);
  // the standard settings are in `settings`, whatever S adds
  const own = config as Config<typeof serviceSettings>;
  const identity = { service: service.name, version: version() };
  const log = createLogger({ ...identity, level: own.LOG_LEVEL });
  const health = createHealth(systemClock);
  const metrics = createMetrics({ ...identity, ready: () => health.report().ready });
  log.info({ pid: process.pid, node: process.version, settings: showConfig(settings, config) }, 'starting');

  followLoad();
  const { progress, verdict } = watchProgress(own.STALL_TIMEOUT_MS, ({ name, pending, stalledMs }) => {
    const err = new MedallionError('MED_STALLED', { pending, stalledMs: Math.round(stalledMs) });
    log.fatal({ err, code: err.code, work: name }, 'no progress: exiting');
    process.exit(1);
  });
  const life = beginLife({
    log,
    health,
    shutdownTimeoutMs: own.SHUTDOWN_TIMEOUT_MS,
    async start(stopping) {
      const server = await serveOps({
        host: own.HOST,
        port: own.PORT,
        service: service.name,
        health,
        metrics,
        log,
        verdict,
      });
      log.info({ url: server.url, port: server.port }, 'serving /livez, /readyz and /metrics');
      return service.start({
        identity,
        config,
        log,
        metrics,
        health,
        clock: systemClock,
        progress,
        stopping,
        opsUrl: server.url,
      });
    },
  });
  listenToProcess(life, log);
  const code = await life.ended;
  log.info({ code }, 'ended');
  process.exit(code);
}

import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { type Log, noMetrics, systemClock } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs, kafkaAccess, registryAccess } from '@medallion/kafka';
import type { Layer, PipelinePlan } from '@medallion/pipeline';
import { createTableStore, databaseUrlFrom } from '@medallion/postgres';
import { type Condition, type LayerParts, noProgress, runLayer, verifyOnly } from '@medallion/runtime';
import {
  type Environment,
  engineSettings,
  fileSettings,
  loadConfig,
  startTracing,
  storeSettings,
} from '@medallion/service';
import { filesOf, settingsOf } from './engine-parts.ts';

const LAYERS: readonly Layer[] = ['bronze', 'silver', 'gold'];

/** How a pipeline is run in this process. */
export type RunInProcess = {
  readonly plan: PipelinePlan;
  /** The services' own variables: KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL and the others. */
  readonly env: Environment;
  /** Process what is there, layer after layer, then end; else run until the signal. */
  readonly once: boolean;
  readonly logger: Log;
  /** How a flow fares, each time that it changes. */
  readonly report: (flow: string, condition: Condition) => void;
  readonly signal: AbortSignal;
};

/**
 * Runs all layers of one pipeline in this process, as the three services would.
 *
 * @throws MED_CONFIG_INVALID, MED_LOG_UNAVAILABLE, and with `once` the error of a flow that could not go on.
 */
export async function runInProcess({ plan, env, once, logger, report, signal }: RunInProcess): Promise<void> {
  // PIPELINES is for services, which may run several.
  const config = loadConfig({ ...engineSettings, ...fileSettings, ...storeSettings }, { ...env, PIPELINES: plan.name });
  const log = createKafkaLog({
    ...{ brokers: config.KAFKA_BROKERS, clientId: 'medallion-run', log: logger },
    ...kafkaAccess(env),
  });
  const store = createTableStore({
    databaseUrl: databaseUrlFrom(config.DATABASE_URL, env),
    log: logger,
    migrate: config.MIGRATE,
  });
  const files = await filesOf(config);
  const tracing = await startTracing(config, { service: 'medallion-run', log: logger });
  const parts: LayerParts = {
    plan,
    log: config.MIGRATE === 'verify' ? verifyOnly(log, plan.name) : log,
    codecs: createRegistryCodecs(
      { url: config.SCHEMA_REGISTRY_URL, ...registryAccess(env) },
      { verify: config.MIGRATE === 'verify' ? plan.name : undefined },
    ),
    store,
    ...(files === undefined ? {} : { files }),
    owner: `medallion@${hostname()}:${process.pid}`,
    clock: systemClock,
    logger,
    metrics: noMetrics,
    ...(tracing === null ? {} : { tracer: tracing.tracer }),
    progress: () => noProgress,
    report,
    sleep: (ms, until) => setTimeout(ms, undefined, { signal: until }).catch(() => {}),
    settings: { ...settingsOf(config), ...(once ? { until: 'caught up' as const } : {}) },
  };
  try {
    // Flows wait for a Kafka that is away; a wrong address should be told at once.
    await log.partitions(plan.name);
    if (once) await oneAfterTheOther(parts, signal);
    else await allUntil(parts, signal);
  } finally {
    await Promise.all([log.close(), store.close(), files?.close(), tracing?.close()]);
  }
}

/** A layer ends before the next begins, so that the next finds all that there is for it. */
async function oneAfterTheOther(parts: LayerParts, signal: AbortSignal): Promise<void> {
  for (const layer of LAYERS) {
    if (signal.aborted) return;
    const running = runLayer(layer, parts);
    const stop = (): void => void running.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await running.done;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

async function allUntil(parts: LayerParts, signal: AbortSignal): Promise<void> {
  const running = LAYERS.map((layer) => runLayer(layer, parts));
  const told = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    // Ends by itself only in development, at the first error.
    await Promise.race([told, Promise.all(running.map((layer) => layer.done))]);
    await told;
  } finally {
    // In the order of the data, so that each drains what the one before it has written.
    for (const layer of running) await layer.stop();
  }
}

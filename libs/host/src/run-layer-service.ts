import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { milliseconds, seconds, systemClock } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import type { Layer, PipelinePlan } from '@medallion/pipeline';
import { createTableStore } from '@medallion/postgres';
import { type LayerSettings, runLayer, type TableStore } from '@medallion/runtime';
import { type Config, engineSettings, runService, type ServiceContext, storeSettings } from '@medallion/service';
import { loadPipeline } from './load-pipeline.ts';

type EngineConfig = Config<typeof engineSettings>;

/**
 * Runs one layer of the pipelines in PIPELINES as a service, until it is told to stop. Only the gold layer is given
 * the database's credentials.
 */
export function runLayerService(name: string, layer: Layer): Promise<never> {
  return layer === 'gold'
    ? runService({
        name,
        settings: { ...engineSettings, ...storeSettings },
        start: (context) =>
          start(name, layer, context, () =>
            createTableStore({ databaseUrl: context.config.DATABASE_URL, log: context.log }),
          ),
      })
    : runService({ name, settings: engineSettings, start: (context) => start(name, layer, context, () => undefined) });
}

type Context = Omit<ServiceContext<typeof engineSettings>, 'config'> & { readonly config: EngineConfig };

async function start(
  name: string,
  layer: Layer,
  context: Context,
  storeOf: (plan: PipelinePlan) => TableStore | undefined,
): Promise<{ stop(): Promise<void> }> {
  const { config, log, metrics, health, progress } = context;
  const plans = await Promise.all(config.PIPELINES.map(loadPipeline));
  const owner = `${name}@${hostname()}:${process.pid}`;
  const records = createKafkaLog({ brokers: config.KAFKA_BROKERS, clientId: name, log });
  const codecs = createRegistryCodecs({ url: config.SCHEMA_REGISTRY_URL });
  const stores: TableStore[] = [];
  const layers = plans.map((plan) => {
    const store = storeOf(plan);
    if (store !== undefined) stores.push(store);
    return runLayer(layer, {
      plan,
      log: records,
      codecs,
      ...(store === undefined ? {} : { store }),
      owner,
      clock: systemClock,
      logger: log,
      metrics,
      progress: (flow) => progress.of(`${plan.name}.${flow}`),
      report: (flow, condition) => health.set(`${plan.name}.${flow}`, condition),
      sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
      settings: settingsOf(config),
    });
  });
  // No `done`: a flow that needs a person leaves the service up, not ready, and the other flows at work.
  return {
    async stop() {
      await Promise.all(layers.map((each) => each.stop()));
      await Promise.all([records.close(), ...stores.map((store) => store.close())]);
    },
  };
}

const settingsOf = (config: EngineConfig): LayerSettings => ({
  fetchWaitMs: config.FETCH_WAIT_MS,
  maxBatchBytes: config.MAX_BATCH_BYTES,
  sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
  tickMs: 250,
  checkpointEveryMs: seconds(1),
  idleTimeoutMs: milliseconds(config.IDLE_TIMEOUT_MS),
});

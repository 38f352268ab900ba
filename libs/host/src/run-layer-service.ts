import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { assertNever, milliseconds, seconds, systemClock } from '@medallion/core';
import { createFileSource } from '@medallion/files';
import { createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import type { Layer, PipelinePlan } from '@medallion/pipeline';
import { createTableStore } from '@medallion/postgres';
import { type FileSource, type LayerSettings, runLayer, type TableStore } from '@medallion/runtime';
import {
  type Config,
  engineSettings,
  fileSettings,
  runService,
  type ServiceContext,
  storeSettings,
} from '@medallion/service';
import { loadPipeline } from './load-pipeline.ts';

type EngineConfig = Config<typeof engineSettings>;

/** Gets the plan of a pipeline by its name. */
export type PlanOf = (name: string) => Promise<PipelinePlan>;

/**
 * Runs one layer of the pipelines in PIPELINES as a service, until it is told to stop. Only the gold layer is given
 * the database's credentials, only the bronze layer those of the files.
 */
export function runLayerService(name: string, layer: Layer, planOf: PlanOf = loadPipeline): Promise<never> {
  switch (layer) {
    case 'bronze':
      return runService({
        name,
        settings: { ...engineSettings, ...fileSettings },
        start: (context) => start(name, layer, context, planOf, { files: filesOf(context.config) }),
      });
    case 'silver':
      return runService({
        name,
        settings: engineSettings,
        start: (context) => start(name, layer, context, planOf, {}),
      });
    case 'gold':
      return runService({
        name,
        settings: { ...engineSettings, ...storeSettings },
        start: (context) =>
          start(name, layer, context, planOf, {
            storeOf: () => createTableStore({ databaseUrl: context.config.DATABASE_URL, log: context.log }),
          }),
      });
    default:
      return assertNever(layer, 'layer');
  }
}

/** What only some layers have. */
type LayerPorts = { readonly files?: FileSource | undefined; readonly storeOf?: () => TableStore };

type Context = Omit<ServiceContext<typeof engineSettings>, 'config'> & { readonly config: EngineConfig };

async function start(
  name: string,
  layer: Layer,
  context: Context,
  planOf: PlanOf,
  { files, storeOf }: LayerPorts,
): Promise<{ stop(): Promise<void> }> {
  const { config, log, metrics, health, progress } = context;
  const plans = await Promise.all(config.PIPELINES.map(planOf));
  const owner = `${name}@${hostname()}:${process.pid}`;
  const records = createKafkaLog({ brokers: config.KAFKA_BROKERS, clientId: name, log });
  const codecs = createRegistryCodecs({ url: config.SCHEMA_REGISTRY_URL });
  const stores: TableStore[] = [];
  const layers = plans.map((plan) => {
    const store = storeOf?.();
    if (store !== undefined) stores.push(store);
    return runLayer(layer, {
      plan,
      log: records,
      codecs,
      ...(store === undefined ? {} : { store }),
      ...(files === undefined ? {} : { files }),
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
      await Promise.all([records.close(), ...stores.map((store) => store.close()), files?.close()]);
    },
  };
}

/** The files below LANDING_URL; none when it is not set. */
function filesOf(config: Config<typeof fileSettings>): FileSource | undefined {
  const { LANDING_URL: root, S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  if (root === undefined) return undefined;
  const s3 = {
    region: S3_REGION,
    ...(S3_ENDPOINT === undefined ? {} : { endpoint: S3_ENDPOINT }),
    ...(S3_ACCESS_KEY_ID === undefined ? {} : { accessKeyId: S3_ACCESS_KEY_ID }),
    ...(S3_SECRET_ACCESS_KEY === undefined ? {} : { secretAccessKey: S3_SECRET_ACCESS_KEY }),
  };
  return createFileSource({ root, settleMs: config.FILES_SETTLE_MS, s3 });
}

const settingsOf = (config: EngineConfig): LayerSettings => ({
  fetchWaitMs: config.FETCH_WAIT_MS,
  maxBatchBytes: config.MAX_BATCH_BYTES,
  sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
  tickMs: 250,
  checkpointEveryMs: seconds(1),
  idleTimeoutMs: milliseconds(config.IDLE_TIMEOUT_MS),
});

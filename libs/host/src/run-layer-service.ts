import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { assertNever, systemClock } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs, kafkaAccess, registryAccess } from '@medallion/kafka';
import type { Layer, PipelinePlan } from '@medallion/pipeline';
import { createTableStore, databaseUrlFrom } from '@medallion/postgres';
import {
  type FileSource,
  type RunningFlow,
  runLayer,
  runTriggered,
  type TableStore,
  verifyOnly,
} from '@medallion/runtime';
import {
  engineSettings,
  fileSettings,
  runService,
  type ServiceContext,
  startTracing,
  storeSettings,
} from '@medallion/service';
import { type EngineConfig, filesOf, settingsOf } from './engine-parts.ts';
import { loadPipeline } from './load-pipeline.ts';

/** Gets the plan of a pipeline by its name. */
export type PlanOf = (name: string) => Promise<PipelinePlan>;

/**
 * Runs one layer of the pipelines in PIPELINES as a service, until it is told to stop, or all of them are triggered and have
 * finished. Only the gold layer is given the database's credentials, only the bronze layer those of the files.
 */
export function runLayerService(name: string, layer: Layer, planOf: PlanOf = loadPipeline): Promise<never> {
  switch (layer) {
    case 'bronze':
      return runService({
        name,
        settings: { ...engineSettings, ...fileSettings },
        start: async (context) => start(name, layer, context, planOf, { files: await filesOf(context.config) }),
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
            storeOf: () =>
              createTableStore({
                databaseUrl: databaseUrlFrom(context.config.DATABASE_URL, process.env),
                log: context.log,
                migrate: context.config.MIGRATE,
              }),
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
): Promise<{ readonly done?: Promise<void>; stop(): Promise<void> }> {
  const { identity, config, log, metrics, health, progress } = context;
  const plans = await Promise.all(config.PIPELINES.map(planOf));
  const owner = `${name}@${hostname()}:${process.pid}`;
  const records = createKafkaLog({ brokers: config.KAFKA_BROKERS, clientId: name, log, ...kafkaAccess(process.env) });
  const registry = { url: config.SCHEMA_REGISTRY_URL, ...registryAccess(process.env) };
  const verifies = config.MIGRATE === 'verify';
  const tracing = await startTracing(config, { ...identity, log });
  const stores: TableStore[] = [];
  const layers = plans.map((plan) => {
    const store = storeOf?.();
    if (store !== undefined) stores.push(store);
    const run = plan.mode === 'triggered' ? runTriggered : runLayer;
    return run(layer, {
      plan,
      log: verifies ? verifyOnly(records, plan.name) : records,
      codecs: createRegistryCodecs(registry, { verify: verifies ? plan.name : undefined }),
      ...(store === undefined ? {} : { store }),
      ...(files === undefined ? {} : { files }),
      owner,
      clock: systemClock,
      logger: log,
      metrics,
      ...(tracing === null ? {} : { tracer: tracing.tracer }),
      progress: (flow) => progress.of(`${plan.name}.${flow}`),
      report: (flow, condition) => health.set(`${plan.name}.${flow}`, condition),
      sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
      settings: settingsOf(config),
    });
  });
  const done = endOf(plans, layers);
  return {
    ...(done === null ? {} : { done }),
    async stop() {
      await Promise.all(layers.map((each) => each.stop()));
      await Promise.all([records.close(), ...stores.map((store) => store.close()), files?.close(), tracing?.close()]);
    },
  };
}

/**
 * When the service ends by itself: when all of its pipelines are triggered and have finished, with the first error of one that
 * could not go on. Else never, but for the first error in development: a flow that needs a person leaves the service up, not
 * ready, and the other flows at work, and a pipeline that has finished leaves it to the others.
 */
export function endOf(plans: readonly PipelinePlan[], layers: readonly RunningFlow[]): Promise<void> | null {
  const strict = layers.filter((_, i) => plans[i]!.development).map(({ done }) => done);
  if (plans.every(({ mode }) => mode === 'triggered')) {
    const all = Promise.allSettled(layers.map(({ done }) => done)).then((ended) => {
      const failed = ended.find((each) => each.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    });
    return Promise.race([all, ...strict.map(endless)]);
  }
  return strict.length === 0 ? null : Promise.race(strict.map(endless));
}

/** Rejects when it does; never resolves. */
const endless = (done: Promise<void>): Promise<never> => done.then(() => new Promise<never>(() => {}));

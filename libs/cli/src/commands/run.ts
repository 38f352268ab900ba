import { localAddresses } from '@medallion/devstack';
import { loadPipeline, runInProcess } from '@medallion/host';
import type { Condition } from '@medallion/runtime';
import { createLogger } from '@medallion/service';
import { type Answer, fine, type Surroundings } from '../answer.ts';

type Flags = { readonly once?: string | boolean | undefined; readonly verbose?: string | boolean | undefined };

/**
 * `medallion run`: all layers of a pipeline in this process, until Ctrl-C, or with `--once` (or a pipeline that is declared
 * `triggered`) until everything that is there is processed.
 */
export async function run([name]: readonly string[], flags: Flags, around: Surroundings): Promise<Answer> {
  const { env, say, signal } = around;
  const plan = await loadPipeline(name as string);
  const once = flags.once === true || plan.mode === 'triggered';
  const { kafkaBrokers, schemaRegistryUrl, databaseUrl } = localAddresses(env);
  const started = performance.now();
  const reported = new Map<string, string>();
  await runInProcess({
    plan,
    env: {
      ...env,
      KAFKA_BROKERS: kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: schemaRegistryUrl,
      DATABASE_URL: databaseUrl,
    },
    once,
    // Standard output is for data.
    logger: createLogger({
      service: 'medallion',
      version: '0.1.0',
      level: flags.verbose === true ? 'info' : 'error',
      to: { write: say },
    }),
    report(flow, condition) {
      const text = shown(condition);
      if (reported.get(flow) === text) return;
      reported.set(flow, text);
      say(`${flow}: ${text}\n`);
    },
    signal,
  });
  const seconds = (performance.now() - started) / 1_000;
  const how = signal.aborted ? 'stopped' : 'everything that was there is processed';
  return fine({ pipeline: plan.name, once, stopped: signal.aborted, seconds }, [
    `${how}, after ${seconds.toFixed(1)} s`,
  ]);
}

const shown = (condition: Condition): string => (condition.ok ? 'works' : condition.message);

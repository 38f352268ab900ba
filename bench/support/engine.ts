import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, startStack } from '@medallion/devstack';
import { GoldWatch } from './gold-watch.ts';
import { ENGINE, type MeasuredService, startService } from './services.ts';

/** A fresh stack, and the services on it when `start` is called. */
export type Engine = {
  readonly brokers: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly gold: GoldWatch;
  readonly stack: Stack;
  readonly logs: string;
  start(): readonly MeasuredService[];
};

/** Runs a measurement on a stack of its own, and stops everything afterwards. Logs stay in a temporary folder. */
export async function withEngine<T>(measure: (engine: Engine) => Promise<T>): Promise<T> {
  const stack = await startStack({
    mode: 'ephemeral',
    env: { ...process.env, KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '' },
  });
  const logs = mkdtempSync(join(tmpdir(), 'medallion-bench-'));
  const gold = await GoldWatch.connect(stack.databaseUrl);
  let services: readonly MeasuredService[] = [];
  const { DATABASE_URL, ...engineEnv } = stack.env;
  try {
    return await measure({
      brokers: stack.kafkaBrokers,
      env: stack.env,
      gold,
      stack,
      logs,
      start() {
        services = ENGINE.map((name) =>
          startService(name, name === 'gold-aggregate' ? { ...engineEnv, DATABASE_URL } : engineEnv, logs),
        );
        return services;
      },
    });
  } finally {
    console.error(`logs of the services: ${logs}`);
    await Promise.all(services.map((service) => service.stop()));
    await gold.close();
    await stack.stop();
  }
}

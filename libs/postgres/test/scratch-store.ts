import { type Log, silentLog } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { TableStore } from '@medallion/runtime';
import { contractPipeline } from '@medallion/testkit';
import type { StoreTimeouts } from '../src/connection.ts';
import { createGoldReader, type GoldReader } from '../src/gold-reader.ts';
import { createTableStore } from '../src/table-store.ts';
import { removePipeline } from './postgres-harness.ts';

/** A pipeline of its own in a database, for one test. */
export type Scratch = {
  readonly plan: PipelinePlan;
  readonly store: TableStore;
  readonly reader: GoldReader;
  /** Lines that the store warned of. */
  readonly warnings: readonly string[];
};

let made = 0;

/** Runs a test with a migrated store; what it left is removed. */
export async function withScratch(
  databaseUrl: string,
  body: (scratch: Scratch) => Promise<void>,
  options: { readonly timeouts?: Partial<StoreTimeouts>; readonly plan?: (name: string) => PipelinePlan } = {},
): Promise<void> {
  const name = `scratch-${process.pid.toString(36)}${Date.now().toString(36)}-${++made}`;
  const plan = (options.plan ?? contractPipeline)(name);
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => void warnings.push(message) };
  const store = createTableStore({ databaseUrl, log, applicationName: name, timeouts: options.timeouts ?? {} });
  const reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  try {
    await store.migrate(plan);
    await body({ plan, store, reader, warnings });
  } finally {
    await store.close();
    await reader.close();
    await removePipeline(databaseUrl, plan);
  }
}

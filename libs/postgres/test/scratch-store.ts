import { type Clock, type Log, silentLog } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { TableStore } from '@medallion/runtime';
import { contractPipeline } from '@medallion/testkit';
import { createGoldReader, type GoldReader } from '../src/gold-reader.ts';
import { createTableStore } from '../src/table-store.ts';
import { PATIENT } from './patience.ts';
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

type ScratchOptions = {
  readonly clock?: Clock;
  readonly plan?: (name: string) => PipelinePlan;
};

/** A scratch for several tests; closing it removes what they left. */
export type OpenScratch = Scratch & { readonly close: () => Promise<void> };

/** Opens a migrated store. */
export async function openScratch(databaseUrl: string, options: ScratchOptions = {}): Promise<OpenScratch> {
  const name = `scratch-${process.pid.toString(36)}${Date.now().toString(36)}-${++made}`;
  const plan = (options.plan ?? contractPipeline)(name);
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => void warnings.push(message) };
  const { clock } = options;
  const store = createTableStore({
    ...{ databaseUrl, log, applicationName: name, timeouts: PATIENT },
    ...(clock === undefined ? {} : { clock }),
  });
  const reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  const close = async (): Promise<void> => {
    await store.close();
    await reader.close();
    await removePipeline(databaseUrl, plan);
  };
  try {
    await store.migrate(plan);
  } catch (error) {
    await close();
    throw error;
  }
  return { plan, store, reader, warnings, close };
}

/** Runs a test with a migrated store; what it left is removed. */
export async function withScratch(
  databaseUrl: string,
  body: (scratch: Scratch) => Promise<void>,
  options: ScratchOptions = {},
): Promise<void> {
  const scratch = await openScratch(databaseUrl, options);
  try {
    await body(scratch);
  } finally {
    await scratch.close();
  }
}

import { after } from 'node:test';
import { externalFrom } from './options.ts';
import { startStack } from './stack.ts';

/** The addresses that an integration test needs. */
export type TestStack = {
  readonly kafkaBrokers: readonly string[];
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
};

/**
 * The stack that the test run shares (given by `KAFKA_BROKERS`, `SCHEMA_REGISTRY_URL`, `DATABASE_URL`), or an ephemeral
 * one for this process, stopped after its tests. Others use it at the same time: give topics, groups and databases
 * names of their own, and start a stack of your own (`startStack({ mode: 'ephemeral', external: {} })`) to break it.
 *
 * Call it once per file, at its top level.
 *
 * @example const { kafkaBrokers, databaseUrl } = await testStack()
 */
export const testStack = async (): Promise<TestStack> => {
  const { kafkaBrokers, schemaRegistryUrl, databaseUrl } = externalFrom(process.env);
  if (kafkaBrokers && schemaRegistryUrl && databaseUrl) return { kafkaBrokers, schemaRegistryUrl, databaseUrl };
  const stack = await startStack({ mode: 'ephemeral' });
  after(() => stack.stop());
  return stack;
};

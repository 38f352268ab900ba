import { startStack } from '@medallion/devstack';

/** An address of Postgres, and what ends it. */
export type SomePostgres = { readonly databaseUrl: string; close(): Promise<void> };

/** Nothing listens there, and nobody asks: whoever wants Postgres alone says that he has the rest. */
const ELSEWHERE = { kafkaBrokers: ['127.0.0.1:1'], schemaRegistryUrl: 'http://127.0.0.1:1' };

/** The Postgres that `DATABASE_URL` names, as in integration tests, or one of its own. */
export async function somePostgres(): Promise<SomePostgres> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL !== undefined) return { databaseUrl: DATABASE_URL, close: async () => {} };
  const stack = await startStack({ mode: 'ephemeral', external: ELSEWHERE });
  return { databaseUrl: stack.databaseUrl, close: () => stack.stop() };
}

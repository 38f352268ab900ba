import { silentLog } from '@medallion/core';
import { localAddresses } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { createGoldReader, type GoldReader } from '@medallion/postgres';
import type { RecordLog } from '@medallion/runtime';
import type { Surroundings } from './answer.ts';

/** Reads a pipeline's tables and the control tables, and closes the connection whatever happens. */
export async function withTables<T>(
  { env }: Pick<Surroundings, 'env'>,
  schemaName: string,
  work: (reader: GoldReader) => Promise<T>,
): Promise<T> {
  const reader = createGoldReader({ databaseUrl: localAddresses(env).databaseUrl, schemaName });
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** Works on the log, and closes the connection whatever happens. */
export async function withLog<T>({ env }: Pick<Surroundings, 'env'>, work: (log: RecordLog) => Promise<T>): Promise<T> {
  const log = createKafkaLog({ brokers: localAddresses(env).kafkaBrokers, clientId: 'medallion', log: silentLog });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

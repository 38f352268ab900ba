import { silentLog } from '@medallion/core';
import { localAddresses } from '@medallion/devstack';
import { createKafkaAdmin, createKafkaLog } from '@medallion/kafka';
import { createGoldReader, type GoldReader } from '@medallion/postgres';
import type { LogAdmin, RecordLog } from '@medallion/runtime';
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

/** Works on the log and on what only a rebuild does to it, and closes the connections whatever happens. */
export async function withAdmin<T>(
  around: Pick<Surroundings, 'env'>,
  work: (parts: { readonly log: RecordLog; readonly admin: LogAdmin }) => Promise<T>,
): Promise<T> {
  const { kafkaBrokers: brokers } = localAddresses(around.env);
  const admin = createKafkaAdmin({ brokers, clientId: 'medallion', log: silentLog });
  try {
    return await withLog(around, (log) => work({ log, admin }));
  } finally {
    await admin.close();
  }
}

import { silentLog } from '@medallion/core';
import { localAddresses } from '@medallion/devstack';
import {
  createKafkaAdmin,
  createKafkaLog,
  type KafkaOptions,
  kafkaAccess,
  type RegistryOptions,
  registryAccess,
} from '@medallion/kafka';
import { createGoldReader, databaseUrlFrom, type GoldReader } from '@medallion/postgres';
import type { LogAdmin, RecordLog } from '@medallion/runtime';
import type { Surroundings } from './answer.ts';

/**
 * The database of the commands, with the password of DATABASE_PASSWORD or DATABASE_PASSWORD_FILE where one says it.
 *
 * @throws MED_DATABASE_URL_INVALID
 */
export const databaseUrlOf = ({ env }: Pick<Surroundings, 'env'>): string =>
  databaseUrlFrom(localAddresses(env).databaseUrl, env);

/** Reads a pipeline's tables and the control tables, and closes the connection whatever happens. */
export async function withTables<T>(
  { env }: Pick<Surroundings, 'env'>,
  schemaName: string,
  work: (reader: GoldReader) => Promise<T>,
): Promise<T> {
  const reader = createGoldReader({ databaseUrl: databaseUrlOf({ env }), schemaName });
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** How the commands reach Kafka: as the environment says, else the stack of this machine. @throws MED_CONFIG_INVALID */
export const kafkaOf = ({ env }: Pick<Surroundings, 'env'>): KafkaOptions => {
  const { kafkaBrokers: brokers } = localAddresses(env);
  return {
    brokers,
    clientId: 'medallion',
    log: silentLog,
    ...kafkaAccess({ ...env, KAFKA_BROKERS: brokers.join(',') }),
  };
};

/** How the commands reach the schema registry. @throws MED_CONFIG_INVALID */
export const registryOf = ({ env }: Pick<Surroundings, 'env'>): RegistryOptions => {
  const { schemaRegistryUrl: url } = localAddresses(env);
  return { url, ...registryAccess({ ...env, SCHEMA_REGISTRY_URL: url }) };
};

/** Works on the log, and closes the connection whatever happens. */
export async function withLog<T>(around: Pick<Surroundings, 'env'>, work: (log: RecordLog) => Promise<T>): Promise<T> {
  const log = createKafkaLog(kafkaOf(around));
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
  const admin = createKafkaAdmin(kafkaOf(around));
  try {
    return await withLog(around, (log) => work({ log, admin }));
  } finally {
    await admin.close();
  }
}

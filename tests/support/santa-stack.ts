import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@medallion/core';
import { type Stack, startStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import type { RecordLog } from '@medallion/runtime';
import { GoldDatabase } from './gold-snapshot.ts';
import { createTopic, RAW_TOPIC, RawProducer } from './raw-topic.ts';

/** A stack that a test has for itself, as the names of the pipeline's topics and tables are fixed. */
export type SantaStack = {
  readonly stack: Stack;
  readonly log: RecordLog;
  readonly database: GoldDatabase;
  readonly producer: RawProducer;
  /** For a service's process. Partitions never become idle, unless a test says so. */
  readonly env: Readonly<Record<string, string>>;
  /** Where services log; kept when the test has failed. */
  readonly logFolder: string;
  /** Ends what was started; tells where the logs are when the run has failed. */
  close(failed: boolean): Promise<void>;
};

/** Starts Kafka, registry and Postgres of its own, with the raw topic. */
export async function startSantaStack(partitions: number): Promise<SantaStack> {
  const stack = await startStack({ mode: 'ephemeral', external: {} });
  const log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'medallion-tests', log: silentLog });
  await createTopic(log, RAW_TOPIC, partitions);
  const producer = new RawProducer(log, RAW_TOPIC, partitions);
  const logFolder = mkdtempSync(join(tmpdir(), 'medallion-e2e-'));
  return {
    stack,
    log,
    database: new GoldDatabase(stack.databaseUrl),
    producer,
    env: { ...stack.env, IDLE_TIMEOUT_MS: '3600000' },
    logFolder,
    async close(failed) {
      await producer.close();
      await log.close();
      await stack.stop();
      if (failed) console.log(`the services' logs are kept in ${logFolder}`);
      else rmSync(logFolder, { recursive: true, force: true });
    },
  };
}

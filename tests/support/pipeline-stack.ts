import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@medallion/core';
import { type Stack, startStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { INPUTS, land, type Step } from '@medallion/orders-generator';
import type { RecordLog } from '@medallion/runtime';
import { createTopic, RawProducer } from './raw-topic.ts';
import { ServiceGroup } from './service-group.ts';
import { SERVICES } from './service-process.ts';

/** A stack that a test has for itself, with the three services of one pipeline and a way to feed it. */
export type PipelineStack = {
  readonly stack: Stack;
  readonly log: RecordLog;
  /** In the order of the data. */
  readonly groups: readonly ServiceGroup[];
  /** Where files land. */
  readonly landing: string;
  /** Lands the files of a step, then sends its records. */
  feed(step: Step): Promise<void>;
  /** Ends what was started; tells where the logs are when the run has failed. */
  close(failed: boolean): Promise<void>;
};

const PARTITIONS = 4;
/** A group waits this long for a member that was killed. */
const SESSION_TIMEOUT_MS = 3_000;

/** Starts Kafka, registry, Postgres and one instance of each service for a pipeline that lives on orders. */
export async function startPipelineStack(pipeline: string): Promise<PipelineStack> {
  const input = INPUTS[pipeline];
  if (input === undefined) throw new Error(`nothing is sent to ${pipeline}`);
  const stack = await startStack({ mode: 'ephemeral', external: {} });
  const log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'medallion-tests', log: silentLog });
  for (const topic of input.topics) await createTopic(log, topic, PARTITIONS);
  const producers = new Map(input.topics.map((topic) => [topic, new RawProducer(log, topic, PARTITIONS)]));
  const folder = mkdtempSync(join(tmpdir(), 'medallion-orders-'));
  chmodSync(folder, 0o755); // Postgres, which may run as another user, reads the CSV files for the oracle
  const landing = join(folder, 'landing');
  for (const each of input.folders) mkdirSync(join(landing, each), { recursive: true });
  const env = {
    ...stack.env,
    PIPELINES: pipeline,
    LANDING_URL: landing,
    FILES_SETTLE_MS: '200',
    IDLE_TIMEOUT_MS: '3600000',
    SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  };
  const groups = SERVICES.map((name) => new ServiceGroup(name, env, folder));
  return {
    ...{ stack, log, groups, landing },
    async feed({ files, records }) {
      for (const file of files) await land(landing, file);
      for (const [topic, those] of Map.groupBy(records, (record) => record.topic))
        await producers.get(topic)?.send(those);
    },
    async close(failed) {
      await Promise.all(groups.map((group) => group.stop()));
      for (const producer of producers.values()) await producer.close();
      await log.close();
      await stack.stop();
      if (failed) console.log(`the services' logs are kept in ${folder}`);
      else rmSync(folder, { recursive: true, force: true });
    },
  };
}

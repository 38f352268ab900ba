import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, Turns } from '@medallion/core';
import { type Stack, startStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { INPUTS, land, type Step } from '@medallion/orders-generator';
import type { RecordLog } from '@medallion/runtime';
import { createTopic, RawProducer } from './raw-topic.ts';
import { ServiceGroup } from './service-group.ts';
import { type Ending, SERVICES } from './service-process.ts';
import { until } from './until.ts';

/** Partitions of the topics that tests send to. */
export const PARTITIONS = 4;
/** A group waits this long for a member that was killed. */
const SESSION_TIMEOUT_MS = 3_000;
/** So long the services are left alone after a kill: what a kill broke shall be seen before the next one. */
const KILL_EVERY_MS = 6_000;

/** A stack that a test has for itself, with one set of the three services and a way to feed their pipelines. */
export class PipelineStack {
  readonly stack: Stack;
  readonly log: RecordLog;
  /** Where files land. */
  readonly landing: string;
  /** How often each service was killed, in the order of the data. */
  readonly kills = SERVICES.map(() => 0);
  /** Work that one pipeline at a time may do. */
  readonly turns = new Turns();
  readonly #folder: string;
  readonly #producers: ReadonlyMap<string, RawProducer>;
  readonly #began = performance.now();
  readonly #ended: ServiceGroup[] = [];
  #groups: readonly ServiceGroup[] = [];
  #killAt = 0;

  private constructor(stack: Stack, log: RecordLog, producers: ReadonlyMap<string, RawProducer>, folder: string) {
    this.stack = stack;
    this.log = log;
    this.#producers = producers;
    this.#folder = folder;
    this.landing = join(folder, 'landing');
  }

  /** Starts Kafka, registry and Postgres, with what pipelines on orders read. */
  static async start(): Promise<PipelineStack> {
    const stack = await startStack({ mode: 'ephemeral', external: {} });
    const log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'medallion-tests', log: silentLog });
    const topics = Object.values(INPUTS).flatMap((input) => input.topics);
    for (const topic of topics) await createTopic(log, topic, PARTITIONS);
    const producers = new Map(topics.map((topic) => [topic, new RawProducer(log, topic, PARTITIONS)]));
    const folder = mkdtempSync(join(tmpdir(), 'medallion-pipelines-'));
    chmodSync(folder, 0o755); // Postgres, which may run as another user, reads the CSV files for the oracle
    for (const { folders } of Object.values(INPUTS))
      for (const each of folders) mkdirSync(join(folder, 'landing', each), { recursive: true });
    return new PipelineStack(stack, log, producers, folder);
  }

  /** In the order of the data. */
  get groups(): readonly ServiceGroup[] {
    return this.#groups;
  }

  /** Has one instance of each service run these pipelines, instead of those that it ran before; resolves when all are ready. */
  async run(pipelines: readonly string[]): Promise<void> {
    await this.stopServices();
    const env = {
      ...this.stack.env,
      PIPELINES: pipelines.join(','),
      LANDING_URL: this.landing,
      FILES_SETTLE_MS: '200',
      IDLE_TIMEOUT_MS: '3600000',
      SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    };
    const logs = mkdtempSync(join(this.#folder, 'logs-'));
    this.#groups = SERVICES.map((name) => new ServiceGroup(name, env, logs));
    await Promise.all(this.#groups.map((group) => group.scale(1)));
    for (const group of this.#groups)
      await until(
        `${group.name} is ready`,
        async () => (await group.instances[0]?.get('/readyz'))?.status === 200 || null,
        { timeoutMs: 600_000, giveUp: this.giveUp },
      );
    this.tell(`ready with ${pipelines.join(', ')}`);
  }

  /** Lands the files of a step, then sends its records. */
  async feed({ files, records }: Step): Promise<void> {
    for (const file of files) await land(this.landing, file);
    for (const [topic, those] of Map.groupBy(records, (record) => record.topic))
      await this.#producers.get(topic)?.send(those);
  }

  /** SIGKILL for the service that was killed least, unless the last kill was a moment ago. */
  async killOne(): Promise<void> {
    const now = performance.now();
    if (now < this.#killAt) return;
    this.#killAt = now + KILL_EVERY_MS;
    const i = this.kills.indexOf(Math.min(...this.kills));
    const group = this.#groups[i]!;
    const [instance] = group.instances;
    if (instance === undefined) return;
    this.kills[i]!++;
    this.tell(`SIGKILL for ${group.name}`);
    await group.kill(instance);
  }

  /** Ends that nobody here asked for, as lines. */
  get crashes(): readonly string[] {
    return [...this.#ended, ...this.#groups].flatMap(({ crashes }) => crashes);
  }

  readonly giveUp = (): void => {
    for (const group of this.#groups) group.assertAlive();
  };

  tell(line: string): void {
    console.log(`${((performance.now() - this.#began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  }

  /** Ends what was started; tells where the logs are when the run has failed. */
  async close(failed: boolean): Promise<void> {
    await this.stopServices();
    for (const producer of this.#producers.values()) await producer.close();
    await this.log.close();
    await this.stack.stop();
    if (failed) console.log(`the services' logs are kept in ${this.#folder}`);
    else rmSync(this.#folder, { recursive: true, force: true });
  }

  /** SIGTERM for all; how they ended. */
  async stopServices(): Promise<readonly Ending[]> {
    const endings = await Promise.all(this.#groups.map((group) => group.stop()));
    this.#ended.push(...this.#groups);
    this.#groups = [];
    return endings.flat();
  }
}

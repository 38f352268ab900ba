import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { type Clock, milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import type { Layer, PipelinePlan } from '@medallion/pipeline';
import {
  type AppendBatch,
  type Condition,
  Coordinates,
  coordinateOf,
  type FileSource,
  type LayerParts,
  type LayerSettings,
  type LogRecord,
  noProgress,
  type RecordLog,
  type RunningFlow,
  runLayer,
} from '@medallion/runtime';
import type { AnyRow, RowSchema } from '@medallion/schema';
import {
  createMemoryCodecs,
  createMemoryLog,
  MemoryCluster,
  MemoryDatabase,
  MemoryRegistry,
  MemoryTableStore,
} from '@medallion/testkit';

const settings: LayerSettings = {
  fetchWaitMs: 1,
  maxBatchBytes: 4_096,
  sessionTimeoutMs: 1_000,
  tickMs: 5,
  checkpointEveryMs: 5,
  idleTimeoutMs: milliseconds(600_000),
};

/** A row of a table's topic with the coordinate that it carries. */
export type WrittenRow = { readonly src: string; readonly partition: number; readonly row: AnyRow };

/**
 * The engine on ports in memory, run by the code that the services run. While `faults` is set, appends and checkpoints
 * are lost, or their replies are.
 */
export class MemoryEngine {
  readonly plan: PipelinePlan;
  readonly cluster: MemoryCluster;
  readonly database = new MemoryDatabase();
  readonly registry = new MemoryRegistry();
  /** What was last reported of each flow. */
  readonly conditions = new Map<string, Condition>();
  /** What `medallion_flow_up` says of each flow. */
  readonly up = new Map<string, boolean>();
  faults = false;
  /** What services that start from now on take for the time. */
  clock: Clock = systemClock;
  /** How many of a hundred checkpoints are stored while `faults` is set. */
  storedPercent = 70;
  /** Awaited before a partition is read outside any group. */
  beforeRead: (topic: string) => Promise<void> = async () => {};
  /** What bronze reads files from, where the plan has any. */
  files: FileSource | null = null;
  readonly #running = new Set<RunningFlow>();

  constructor(plan: PipelinePlan, inputs: Readonly<Record<string, number>>, random: () => number = Math.random) {
    this.plan = plan;
    const fateOfAppend = (batches: readonly AppendBatch[]) => {
      if (!this.faults || batches.some(({ topic }) => topic in inputs) || random() < 0.85) return 'acknowledged';
      const fate = random();
      return fate < 0.4 ? 'acknowledgement_lost' : fate < 0.7 ? 'lost' : 'torn';
    };
    this.cluster = new MemoryCluster({
      fateOfAppend,
      acceptsCommit: () => !this.faults || random() * 100 < this.storedPercent,
    });
    for (const [topic, partitions] of Object.entries(inputs)) this.cluster.createTopic(topic, partitions);
  }

  get log() {
    return createMemoryLog(this.cluster);
  }

  start(
    layer: Layer,
    over: Partial<LayerSettings> = {},
    plan: PipelinePlan = this.plan,
    run: (layer: Layer, parts: LayerParts) => RunningFlow = runLayer,
  ): RunningFlow {
    const running = run(layer, {
      plan,
      log: this.#slowLog(),
      codecs: createMemoryCodecs(this.registry),
      store: new MemoryTableStore({ database: this.database, pause: () => turn(undefined) }),
      ...(this.files === null ? {} : { files: this.files }),
      owner: `${layer} ${this.#running.size}`,
      clock: this.clock,
      logger: silentLog,
      metrics: {
        flow: (labels) => ({ ...noMetrics.flow(labels), running: (up) => void this.up.set(labels.table, up) }),
      },
      progress: () => noProgress,
      report: (flow, condition) => void this.conditions.set(flow, condition),
      // Short pauses are skipped; who looks for something every now and then must let the others work.
      sleep: async (ms, signal) =>
        void (ms < 10_000 ? await turn(undefined) : await delay(5, undefined, { signal }).catch(() => {})),
      settings: { ...settings, ...over },
    });
    this.#running.add(running);
    return running;
  }

  #slowLog(): RecordLog {
    const log = createMemoryLog(this.cluster);
    const wait = (topic: string) => this.beforeRead(topic);
    return {
      ...log,
      async *read(place, from) {
        await wait(place.topic);
        yield* log.read(place, from);
      },
    };
  }

  async stop(): Promise<void> {
    this.faults = false;
    await Promise.all([...this.#running].map((running) => running.stop()));
  }

  /** Appends JSON values to a partition of an input, without keys unless it is said what they are. */
  async send<T extends object>(
    topic: string,
    partition: number,
    values: readonly T[],
    keyOf?: (value: T) => string,
  ): Promise<void> {
    const appender = await this.log.appender();
    const records = values.map((value) => ({
      key: keyOf === undefined ? null : Buffer.from(keyOf(value)),
      value: Buffer.from(JSON.stringify(value)),
      headers: {},
    }));
    if (records.length > 0) await appender.append([{ topic, partition, records }]);
    await appender.close();
  }

  /** The records of a topic that count, as its readers see them: repetitions skipped (P3). */
  records(topic: string): readonly (LogRecord & { readonly partition: number })[] {
    return (this.cluster.topic(topic) ?? []).flatMap((log, partition) => {
      const coordinates = new Coordinates();
      return log
        .slice(log.low, log.high, Number.MAX_SAFE_INTEGER)
        .filter((record) => coordinates.advance(coordinateOf(record)!))
        .map((record) => ({ ...record, partition }));
    });
  }

  /** The rows of a table's topic. */
  async rows(topic: string, schema: RowSchema): Promise<readonly WrittenRow[]> {
    const decoder = await createMemoryCodecs(this.registry).decoder(topic, schema);
    const records = this.records(topic);
    await decoder.prepare(records.map(({ value }) => value));
    return records.map((record) => {
      const decoded = decoder.decode(record.value);
      if (!('row' in decoded)) throw new Error(decoded.undecodable);
      return { src: String(record.headers.src), partition: record.partition, row: decoded.row };
    });
  }

  /** The sum of a group's checkpoints of a topic. */
  checkpointed(flow: string): number {
    const { checkpoints } = this.cluster.group(`${this.plan.name}.${flow}`);
    return [...checkpoints].reduce((sum, [, { offset }]) => sum + offset, 0);
  }

  /** Records that a topic holds. */
  size(topic: string): number {
    return (this.cluster.topic(topic) ?? []).reduce((sum, { high }) => sum + high, 0);
  }
}

import { setImmediate as turn } from 'node:timers/promises';
import { type Metrics, milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import type { KeyedTablePlan, Layer, PipelinePlan } from '@medallion/pipeline';
import {
  type Appender,
  type FileSource,
  noProgress,
  type RecordLog,
  type RunningFlow,
  runLayer,
  standsWhereExpected,
} from '@medallion/runtime';
import {
  createMemoryCodecs,
  createMemoryLog,
  MemoryCluster,
  MemoryDatabase,
  MemoryRegistry,
  MemoryTableStore,
  seeded,
} from '@medallion/testkit';

/**
 * Keyed tables through the code that the services run, on a log in memory where everything goes wrong that may: appends
 * that get lost, or whose reply does, that are made twice, cut in two, or come late from an instance that has lost its
 * partition; refused checkpoints; instances that come, go and are expelled; compaction.
 */

const settings = {
  fetchWaitMs: 1,
  maxBatchBytes: 700,
  sessionTimeoutMs: 1_000,
  tickMs: 2,
  checkpointEveryMs: 2,
  discoverEveryMs: 2,
  idleTimeoutMs: milliseconds(600_000),
};

/** What goes wrong, and the log in which it does. */
export class World {
  readonly cluster: MemoryCluster;
  /** A log of its own, on which nothing goes wrong. */
  readonly log: RecordLog;
  readonly registry = new MemoryRegistry();
  readonly database = new MemoryDatabase();
  readonly codecs = createMemoryCodecs(this.registry);
  readonly random: () => number;
  faults: boolean;
  /** Whether an append may be cut in two, as only those of more than a megabyte are. */
  cuts = true;
  /** How likely an append waits once more before it is made, so that its owner may be another one by then. */
  slowness = 0.6;
  metrics: Metrics = noMetrics;
  /** The last error that a flow reported. */
  trouble = '';

  constructor(seed: number, faults: boolean) {
    this.random = seeded(seed);
    this.faults = faults;
    this.cluster = new MemoryCluster({ acceptsCommit: () => !this.faults || this.random() < 0.5 });
    this.log = createMemoryLog(this.cluster);
  }

  /** An instance of the service that runs a layer of a pipeline. */
  start(layer: Layer, plan: PipelinePlan, owner: string, files?: FileSource): RunningFlow {
    return runLayer(layer, {
      plan,
      ...(files === undefined ? {} : { files }),
      log: this.#clumsy(createMemoryLog(this.cluster)),
      codecs: this.codecs,
      store: new MemoryTableStore({ database: this.database, pause: () => turn(undefined) }),
      owner,
      clock: systemClock,
      logger: silentLog,
      metrics: this.metrics,
      progress: () => noProgress,
      report: (_, condition) => {
        if (!condition.ok && condition.code !== 'MED_FLOW_STARTING') this.trouble = condition.message;
      },
      sleep: async () => void (await turn(undefined)),
      settings,
    });
  }

  /** A log whose appends take their time and go wrong. */
  #clumsy(log: RecordLog): RecordLog {
    const appender = async (): Promise<Appender> => {
      const inner = await log.appender();
      return {
        append: async (batches) => {
          while (this.faults && this.random() < this.slowness) await turn(undefined);
          const fate = this.faults ? this.random() : 1;
          if (fate < 0.08) throw new Error('it was lost');
          if (fate < 0.16 && this.cuts) {
            // Cut: only its first records are written.
            const [{ records, ...at }] = batches as [(typeof batches)[0]];
            await inner.append([{ ...at, records: records.slice(0, Math.ceil(records.length / 2)) }]);
            throw new Error('its second half was lost');
          }
          if (fate < 0.24) await inner.append(batches); // once more than asked for
          const offsets = await inner.append(batches);
          if (fate < 0.32) throw new Error('its acknowledgement was lost');
          return offsets;
        },
        close: () => inner.close(),
      };
    };
    return { ...log, appender };
  }

  /** The session of a member times out while it works. */
  expel(table: { readonly name: string }): void {
    const group = this.cluster.group(`keyed.${table.name}`);
    const { members } = group;
    const member = members[Math.floor(this.random() * members.length)];
    if (member !== undefined) group.expel(member);
  }

  /**
   * Compacts as far as every record that counts is followed by another one that counts, or by none: that far the flow has
   * had the time that the lag of compaction gives it.
   */
  compact({ changelogTopic: topic, flow }: KeyedTablePlan): void {
    for (const [partition, log] of (this.cluster.topic(topic) ?? []).entries()) {
      const hidden = new Set<string>();
      const seen = new Set<string>();
      let below = 0;
      for (const record of log.slice(0, log.high, Number.MAX_SAFE_INTEGER)) {
        const key = String(record.key);
        if (standsWhereExpected(record, flow.name, { topic, partition })) {
          hidden.delete(key);
          seen.add(key);
        } else if (seen.has(key)) hidden.add(key);
        if (hidden.size === 0) below = record.offset + 1;
      }
      log.compact(below, true);
    }
  }
}

/** Resolves when the flow has stored a checkpoint at the end of its input. */
export async function caughtUp(world: World, table: KeyedTablePlan, total: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { checkpoints } = world.cluster.group(`keyed.${table.name}`);
    if ([...checkpoints.values()].reduce((sum, { offset }) => sum + offset, 0) === total) return;
    if (Date.now() > deadline) throw new Error(`not caught up: ${world.trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

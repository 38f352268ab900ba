import { setImmediate as turn } from 'node:timers/promises';
import { milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import { type KeyedTablePlan, type Layer, type PipelinePlan, VALIDITY } from '@medallion/pipeline';
import {
  type Appender,
  CHANGELOG,
  type FileSource,
  noProgress,
  type RecordLog,
  type RunningFlow,
  runLayer,
  standsWhereExpected,
} from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import { createMemoryCodecs, createMemoryLog, MemoryCluster, MemoryRegistry } from '@medallion/testkit';
import type { OracleRow } from './keyed-oracle.ts';

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
  readonly registry = new MemoryRegistry();
  readonly codecs = createMemoryCodecs(this.registry);
  readonly random: () => number;
  faults: boolean;
  /** The last error that a flow reported. */
  trouble = '';

  constructor(seed: number, faults: boolean) {
    this.random = seeded(seed);
    this.faults = faults;
    this.cluster = new MemoryCluster({ acceptsCommit: () => !this.faults || this.random() < 0.5 });
  }

  /** An instance of the service that runs a layer of a pipeline. */
  start(layer: Layer, plan: PipelinePlan, owner: string, files?: FileSource): RunningFlow {
    return runLayer(layer, {
      plan,
      ...(files === undefined ? {} : { files }),
      log: this.#clumsy(createMemoryLog(this.cluster)),
      codecs: this.codecs,
      owner,
      clock: systemClock,
      logger: silentLog,
      metrics: noMetrics,
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
          while (this.faults && this.random() < 0.6) await turn(undefined);
          const fate = this.faults ? this.random() : 1;
          if (fate < 0.04) throw new Error('it was lost');
          if (fate < 0.08) {
            // Cut: only its first records are written.
            const [{ records, ...at }] = batches as [(typeof batches)[0]];
            await inner.append([{ ...at, records: records.slice(0, Math.ceil(records.length / 2)) }]);
            throw new Error('its second half was lost');
          }
          if (fate < 0.12) await inner.append(batches); // once more than asked for
          const offsets = await inner.append(batches);
          if (fate < 0.16) throw new Error('its acknowledgement was lost');
          return offsets;
        },
        close: () => inner.close(),
      };
    };
    return { ...log, appender };
  }

  /** The session of a member times out while it works. */
  expel(table: KeyedTablePlan): void {
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

/** The table as a reader of its changelog has it, from where it was on. */
export class Reader {
  readonly #table: KeyedTablePlan;
  readonly #world: World;
  readonly #next: number[] = [];
  readonly rows = new Map<string, AnyRow>();
  strays = 0;

  constructor(table: KeyedTablePlan, world: World) {
    this.#table = table;
    this.#world = world;
  }

  async read(): Promise<this> {
    const { changelogTopic: topic, flow, schema } = this.#table;
    const absorbed = { name: CHANGELOG.absorbed, type: { kind: 'boolean' }, nullable: true } as const;
    const decoder = await this.#world.codecs.decoder(topic, { ...schema, fields: [...schema.fields, absorbed] });
    for (const [partition, log] of (this.#world.cluster.topic(topic) ?? []).entries()) {
      const records = log.slice(this.#next[partition] ?? 0, log.high, Number.MAX_SAFE_INTEGER);
      this.#next[partition] = log.high;
      await decoder.prepare(records.map(({ value }) => value));
      for (const record of records) {
        if (!standsWhereExpected(record, flow.name, { topic, partition })) {
          this.strays++;
          continue;
        }
        const decoded = record.value === null ? null : decoder.decode(record.value);
        if (decoded === null || !('row' in decoded) || decoded.row[CHANGELOG.absorbed] === true)
          this.rows.delete(String(record.key));
        else this.rows.set(String(record.key), decoded.row);
      }
    }
    return this;
  }

  sorted(): OracleRow[] {
    const rows = [...this.rows.values()].map((row) => {
      const { id, seq, name, note } = row as OracleRow;
      const base = { id, seq, name, note };
      return this.#table.storedAs === 1
        ? base
        : { ...base, from: row[VALIDITY.from] as number, to: row[VALIDITY.to] as number | null };
    });
    return inOrder(rows);
  }
}

/** Rows by their keys. */
export const inOrder = (rows: readonly OracleRow[]): OracleRow[] =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : (a.from ?? 0) - (b.from ?? 0)));
function seeded(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Resolves when the flow has stored a checkpoint at the end of its input. */
export async function caughtUp(world: World, table: KeyedTablePlan, total: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const { checkpoints } = world.cluster.group(`keyed.${table.name}`);
    if ([...checkpoints.values()].reduce((sum, { offset }) => sum + offset, 0) === total) return;
    if (Date.now() > deadline) throw new Error(`not caught up: ${world.trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

import { type Log, MedallionError, messageOf } from '@medallion/core';
import { flowsOf, type JoinPlan, type KeyedTablePlan, type PipelinePlan } from '@medallion/pipeline';
import type { Offset, PartitionRange, RecordLog, RowCodecs, RowDecoder } from '../ports/index.ts';
import { DimensionTable, joinedSchema } from './dimension-table.ts';
import type { JoinedTables } from './join-step.ts';

/** What is needed to read changelogs. */
export type DimensionParts = {
  readonly plan: PipelinePlan;
  readonly log: RecordLog;
  readonly codecs: RowCodecs;
  readonly logger: Log;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** The pause before a changelog that could not be followed is asked for again. */
const RETRY_MS = 1_000;

/** The keyed tables that the flows of a process join with: one in memory for each table, however many flows use it. */
export class DimensionTables {
  readonly #parts: DimensionParts;
  readonly #followed = new Map<string, FollowedTable>();

  constructor(parts: DimensionParts) {
    this.#parts = parts;
  }

  /**
   * The tables by name, each complete up to the end that its changelog has now (J1), and followed from there.
   *
   * @throws MED_LOG_RECREATED
   */
  async open(names: readonly string[]): Promise<JoinedTables> {
    const tables = new Map<string, DimensionTable>();
    for (const name of names) {
      let followed = this.#followed.get(name);
      if (followed === undefined) {
        followed = new FollowedTable(keyedTable(this.#parts.plan, name), this.#parts);
        this.#followed.set(name, followed);
      }
      await followed.catchUp();
      tables.set(name, followed.table);
    }
    return tables;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followed.values()].map((followed) => followed.close()));
  }
}

/** A table that is kept up to date with its changelog: read once up to its end, followed from there. */
class FollowedTable {
  readonly table: DimensionTable;
  readonly #plan: KeyedTablePlan;
  readonly #parts: DimensionParts;
  readonly #columns: ReadonlySet<string>;
  readonly #next = new Map<number, Offset>();
  readonly #stopping = new AbortController();
  #decoder: RowDecoder | null = null;
  #catchingUp: Promise<void> = Promise.resolve();
  #following: Promise<void> | null = null;

  constructor(plan: KeyedTablePlan, parts: DimensionParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#columns = joinedColumns(parts.plan, plan.name);
    this.table = new DimensionTable(plan);
  }

  /**
   * Resolves when what the changelog holds now is in the table. Calls are served one after the other.
   *
   * @throws MED_LOG_RECREATED
   */
  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchingUp
      .catch(() => {})
      .then(() => this.#readToEnds())
      .then(() => {
        this.#following ??= this.#follow();
      });
    return this.#catchingUp;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  async #readToEnds(): Promise<void> {
    const { log, codecs, logger } = this.#parts;
    const { name, changelogTopic: topic } = this.#plan;
    this.#decoder ??= await codecs.decoder(topic, joinedSchema(this.#plan, this.#columns));
    const known = new Map(this.#next);
    const ranges = (await log.partitions(topic)) ?? [];
    this.#refuseShorter(ranges, known);
    const first = known.size === 0;
    const read = async (partition: number): Promise<void> => {
      for await (const records of log.read({ topic, partition }, this.#next.get(partition) ?? 0))
        await this.#take(partition, records);
    };
    await Promise.all(ranges.map(({ partition, high }) => high > (this.#next.get(partition) ?? 0) && read(partition)));
    for (const { partition, high } of ranges) this.#next.set(partition, Math.max(high, this.#next.get(partition) ?? 0));
    if (first && ranges.length > 0) logger.info({ table: name, topic, rows: this.table.size }, 'keyed table read');
  }

  /**
   * A changelog that ends before what was read of it was made again: the table is none of it, and nobody joins with it any
   * more. `known` is from before the ranges were asked for, as whoever follows goes on meanwhile.
   */
  #refuseShorter(ranges: readonly PartitionRange[], known: ReadonlyMap<number, Offset>): void {
    const topic = this.#plan.changelogTopic;
    for (const { partition, high } of ranges) {
      const expected = known.get(partition) ?? 0;
      if (high >= expected) continue;
      const recreated = new MedallionError('MED_LOG_RECREATED', { topic, partition, high, expected });
      this.table.refuse(recreated);
      throw recreated;
    }
  }

  /** Two readers may bring the same records, the one that catches up and the one that follows: each counts once. */
  async #take(partition: number, records: Parameters<DimensionTable['take']>[1]): Promise<void> {
    const decoder = this.#decoder!;
    await decoder.prepare(records.map(({ value }) => value));
    const next = this.#next.get(partition) ?? 0;
    const fresh = records[0]!.offset >= next ? records : records.filter(({ offset }) => offset >= next);
    if (fresh.length === 0) return;
    this.table.take(partition, fresh, decoder);
    this.#next.set(partition, fresh.at(-1)!.offset + 1);
  }

  async #follow(): Promise<void> {
    const { log, logger, sleep } = this.#parts;
    const { signal } = this.#stopping;
    const topic = this.#plan.changelogTopic;
    let failed = false;
    while (!signal.aborted)
      try {
        if (this.#next.size === 0 || failed) await this.#readToEnds();
        failed = false;
        if (this.#next.size === 0) await sleep(RETRY_MS, signal);
        else
          for await (const { partition, records } of log.follow(topic, new Map(this.#next), signal))
            await this.#take(partition, records);
      } catch (error) {
        failed = true;
        logger.warn(
          { table: this.#plan.name, topic, reason: messageOf(error) },
          'changelog not followed; trying again',
        );
        await sleep(RETRY_MS, signal);
      }
  }
}

const joinsOf = (plan: PipelinePlan, table: string): readonly JoinPlan[] =>
  plan.tables
    .flatMap(flowsOf)
    .flatMap(({ steps }) => steps)
    .filter((step) => step.kind === 'join' && step.table === table) as JoinPlan[];

const joinedColumns = (plan: PipelinePlan, table: string): ReadonlySet<string> =>
  new Set(joinsOf(plan, table).flatMap(({ columns }) => columns.map(({ from }) => from)));

function keyedTable(plan: PipelinePlan, name: string): KeyedTablePlan {
  const table = plan.tables.find((each) => each.name === name);
  if (table?.kind !== 'keyed_table') throw new Error(`invariant violated: ${name} is no keyed table of ${plan.name}`);
  return table;
}

import type { Instant } from '@medallion/core';
import {
  flowsOf,
  type MaterializedViewPlan,
  type PipelinePlan,
  type StreamingTablePlan,
  streamingTables,
} from '@medallion/pipeline';
import { withoutErased } from '../erase/without-erased.ts';
import type { RowsInput } from '../gold/gold-input.ts';
import { groupOf } from '../gold/idleness.ts';
import { judgeRound } from '../gold/judge-round.ts';
import { type HeldPartition, held, keyOf } from '../gold/partition.ts';
import { sessionRanges } from '../gold/session-ranges.ts';
import type {
  CountDelta,
  LogAdmin,
  LogRecord,
  Offset,
  PartitionBatch,
  RecordedVerdicts,
  RecordLog,
  RowCodecs,
  Swapped,
  ViewRebuild,
} from '../ports/index.ts';
import { startPosition } from '../protocol/checkpoint.ts';
import { redrivenFlowsOf } from '../redrive/redriven-flow.ts';
import { type MissingRange, missingOf } from './missing-input.ts';
import { refused, refuseLoss, refuseRunning } from './refused.ts';

/** What a rebuild of a windowed view runs on. */
export type RebuildParts = {
  readonly plan: PipelinePlan;
  readonly view: MaterializedViewPlan;
  readonly log: RecordLog;
  readonly admin: Pick<LogAdmin, 'members'>;
  readonly codecs: RowCodecs;
  readonly rebuild: ViewRebuild;
  /** Rebuilds the view without what retention has removed. */
  readonly allowLoss: boolean;
  /** Counts every row, however late it came: windows that were final become others. */
  readonly withLate?: boolean;
  /** Told after each pass over the topic: how many records were read, and how many are left. */
  readonly progress?: (read: number, left: number) => void;
};

/** What a rebuild of a windowed view did. */
export type RebuiltView = Swapped & {
  readonly mode: ViewRebuild['mode'];
  readonly records: number;
  readonly missing: readonly MissingRange[];
};

const NOT_LATE: ReadonlyMap<Instant, Instant> = new Map();

/** With no more records left than this, those are read while the gold service waits. */
const FEW = 2_000;
/** A gold service that is never caught up with is waited for in the end. */
const MAX_PASSES = 10;

/**
 * Builds a windowed view from the start of its topic, beside the gold service (SPEC U1 to U6):
 *
 *   pass: read up to the leases ──▶ again, until few records are left ──▶ lock the leases, read the rest, swap
 *
 * @throws MED_REFRESH_REFUSED when the start of the topic is gone, or the view is declared otherwise than it is stored and
 * the gold service runs.
 */
export async function rebuildView(given: RebuildParts): Promise<RebuiltView> {
  // Nobody who was erased comes back.
  const parts = { ...given, log: withoutErased(given.log, given.plan, given.codecs) };
  const { plan, view, log, rebuild, allowLoss, progress = () => {} } = parts;
  const source = streamingTables(plan).find(({ name }) => name === view.source)!;
  const missing = await missingOf(log, [source.topic]);
  refuseLoss(view.name, missing, allowLoss);
  await refuseOther(parts);
  const replay = await Replay.of(parts, source);
  for (let pass = 1; pass <= MAX_PASSES; pass++) {
    await replay.upTo(await rebuild.leases());
    const left = replay.left(await rebuild.leases());
    progress(replay.records, left);
    if (left <= FEW) break;
  }
  const partitions = ((await log.partitions(source.topic)) ?? []).length;
  const swapped = await rebuild.swap(partitions, async (leases) => {
    await refuseOther(parts);
    await replay.upTo(leases);
    return replay.counts();
  });
  return { ...swapped, mode: rebuild.mode, records: replay.records, missing };
}

/** A service that knows the view by another declaration would go on merging what it knows into the new one. */
async function refuseOther({ plan, view, admin, rebuild }: RebuildParts): Promise<void> {
  if (rebuild.mode === 'repaired') return;
  const group = groupOf(plan, 'gold');
  const members = await admin.members(group);
  if (members.length > 0) refuseRunning(view.name, [{ service: 'gold-aggregate', group, members }]);
}

/** Reads a topic as the gold service has read it. */
class Replay {
  readonly #parts: RebuildParts;
  readonly #source: StreamingTablePlan;
  readonly #inputs: ReadonlyMap<string, RowsInput>;
  readonly #partitions = new Map<number, HeldPartition>();
  readonly #counts = new Map<string, CountDelta>();
  records = 0;

  private constructor(parts: RebuildParts, source: StreamingTablePlan, inputs: ReadonlyMap<string, RowsInput>) {
    this.#parts = parts;
    this.#source = source;
    this.#inputs = inputs;
  }

  static async of(parts: RebuildParts, source: StreamingTablePlan): Promise<Replay> {
    const input: RowsInput = {
      kind: 'rows',
      // Rows go to the view alone.
      table: { ...source, queryable: null },
      decoder: await parts.codecs.decoder(source.topic, source.schema),
      views: [parts.view],
      flows: new Set([
        ...flowsOf(source).map(({ name }) => name),
        ...redrivenFlowsOf(parts.plan, source).map(({ flow }) => flow.name),
      ]),
      refused: new Map(),
      rules: [],
    };
    return new Replay(parts, source, new Map([[source.topic, input]]));
  }

  /** Processes what comes before these offsets; partition by partition, so that the order is the same each time. */
  async upTo(ends: ReadonlyMap<number, Offset>): Promise<void> {
    const from = new Map([...ends.keys()].map((partition) => [partition, this.#at(partition).next]));
    await this.#read(ends);
    const { view, log, allowLoss } = this.#parts;
    const removed = (await missingOf(log, [this.#source.topic])).filter(
      ({ partition, low }) => low > (from.get(partition) ?? 0) && (ends.get(partition) ?? 0) > 0,
    );
    refuseLoss(view.name, removed, allowLoss);
  }

  async #read(ends: ReadonlyMap<number, Offset>): Promise<void> {
    for (const [partition, end] of [...ends].sort(([a], [b]) => a - b)) {
      const at = { topic: this.#source.topic, partition };
      const next = this.#at(partition).next;
      if (next >= end) continue;
      for await (const records of this.#parts.log.read(at, next)) {
        const before = records.at(-1)!.offset < end ? records : records.filter(({ offset }) => offset < end);
        if (before.length > 0) await this.#take({ ...at, records: before, highWatermark: end });
        if (before.length < records.length) break;
      }
      const reached = this.#at(partition);
      // Offsets at the end may have no record: markers of transactions, what compaction or retention removed.
      if (reached.next < end) this.#partitions.set(partition, { ...reached, next: end });
    }
  }

  /** Records between what was read and these offsets. */
  left(ends: ReadonlyMap<number, Offset>): number {
    return [...ends].reduce((sum, [partition, end]) => sum + Math.max(0, end - this.#at(partition).next), 0);
  }

  /** What the view has to say of the records that were read. */
  counts(): readonly CountDelta[] {
    return [...this.#counts.values()];
  }

  async #take(batch: PartitionBatch): Promise<void> {
    const { view, rebuild } = this.#parts;
    const { partition, records } = batch;
    const input = this.#inputs.get(batch.topic)!;
    await input.decoder.prepare(records.map(({ value }) => value));
    const verdicts = await rebuild.recorded(partition, records[0]!.offset, records.at(-1)!.offset + 1);
    const recorded: RecordedVerdicts = this.#parts.withLate
      ? { isUnstorable: (at, offset) => verdicts.isUnstorable(at, offset), lateFor: () => NOT_LATE }
      : verdicts;
    const ranges = sessionRanges([batch], this.#inputs).get(view.name);
    const sessions = ranges === undefined ? [] : await rebuild.sessions(ranges);
    const { commit, after } = judgeRound([batch], {
      inputs: this.#inputs,
      partitions: new Map([[keyOf(batch), this.#at(partition)]]),
      finalThrough: new Map(),
      sessions: new Map([[view.name, sessions]]),
      now: (records[0] as LogRecord).timestampMs as Instant,
      recorded,
    });
    try {
      await rebuild.merge({ deltas: commit.deltas.get(view.name) ?? [], late: commit.late });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'RowRefusedError') throw error;
      const place = `${batch.topic}[${partition}] offsets ${records[0]!.offset} to ${records.at(-1)!.offset}`;
      throw refused(view.name, `Postgres refuses a row of ${place}: ${error.message}`, 'correct the declaration');
    }
    for (const count of commit.counts) this.#count(count);
    this.#partitions.set(partition, after[0]!);
    this.records += records.length;
  }

  #count(count: CountDelta): void {
    if (count.kind !== 'records' || count.table !== this.#parts.view.name) return;
    const key = JSON.stringify([count.flow ?? '', count.partition, count.outcome]);
    const before = this.#counts.get(key);
    const records = count.records + (before?.kind === 'records' ? before.records : 0);
    this.#counts.set(key, { ...count, records });
  }

  #at(partition: number): HeldPartition {
    const { watermark } = startPosition();
    const state = { watermark, coordinates: {}, idle: false };
    const fresh = () => held({ topic: this.#source.topic, partition, epoch: 0, next: 0, state });
    return this.#partitions.get(partition) ?? fresh();
  }
}

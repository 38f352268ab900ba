import {
  type Clock,
  type DurationMs,
  elapsedMs,
  type FlowMetrics,
  type Instant,
  type Log,
  messageOf,
} from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { Due } from '../due.ts';
import {
  type Offset,
  type PartitionBatch,
  type RecordLog,
  type Round,
  type RoundHandler,
  RowRefusedError,
  type Subscription,
  type TableStore,
  type TopicPartition,
} from '../ports/index.ts';
import type { Progress } from '../progress.ts';
import { Checkpointing } from '../protocol/checkpointing.ts';
import { emptyCommit } from './empty-commit.ts';
import { type GoldInput, prepare, viewSources } from './gold-input.ts';
import { allIsIn, everythingIsIn, isSilent } from './idleness.ts';
import { type GoldContext, type JudgedRound, judgeRound } from './judge-round.ts';
import { lostGround } from './lost-ground.ts';
import { observeCommit } from './observe-commit.ts';
import { observeRound } from './observe-round.ts';
import { type HeldPartition, held, keyOf, leaseStep } from './partition.ts';
import { sessionsNear } from './session-ranges.ts';
import { splitRound } from './split-round.ts';

/** What the gold flow needs beside its plan. */
export type GoldFlowParts = {
  readonly log: RecordLog;
  readonly store: TableStore;
  readonly inputs: ReadonlyMap<string, GoldInput>;
  /** Names this instance in leases. */
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: (table: string) => FlowMetrics;
  readonly progress: Progress;
  /** How long a partition must be silent, in milliseconds, to no longer hold back the watermark. */
  readonly idleTimeoutMs: DurationMs;
  /** How often group offsets are stored (for lag tools alone) and idleness is looked at, in milliseconds. */
  readonly checkpointEveryMs: number;
};

/** How often what has outlived its retention, or is only kept for open windows, is let go. */
const MAINTAIN_EVERY_MS = 60_000;
/** How often it is looked whether the store still has what was committed. */
const LOOK_EVERY_MS = 30_000;
/** How often silence is looked at, where it closes windows. */
const CLOSE_EVERY_MS = 5_000;

/**
 * Log to Postgres: all gold tables of a pipeline, over the partitions that this instance was given.
 *
 *   open ── take the lease at a new epoch ──▶ process: judge ──▶ commit ──committed──▶ adopt
 *                    ▲                                  ▲            ├──final_moved──▶ judge again
 *                    └──────────── fenced ──────────────┼────────────┤
 *                                                       └─ split ────┴──a row refused──▶ the halves; one row: quarantine
 */
export class GoldFlow implements RoundHandler {
  readonly #plan: PipelinePlan;
  readonly #parts: GoldFlowParts;
  readonly #partitions = new Map<string, HeldPartition>();
  /** By what has passed, not by the time: a clock that jumps makes nothing silent. */
  readonly #lastRecordMs = new Map<string, number>();
  #finalThrough: ReadonlyMap<string, Instant> = new Map();
  readonly #checkpointing: Checkpointing;
  #subscription: Subscription | null = null;
  readonly #maintain: Due;
  readonly #close: Due;
  readonly #look: Due;

  constructor(plan: PipelinePlan, parts: GoldFlowParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#checkpointing = new Checkpointing(parts.checkpointEveryMs, parts.clock, () => this.#checkpoint());
    this.#maintain = new Due(parts.clock, MAINTAIN_EVERY_MS);
    this.#close = new Due(parts.clock, Math.min(CLOSE_EVERY_MS, parts.checkpointEveryMs * 5));
    this.#look = new Due(parts.clock, LOOK_EVERY_MS);
  }

  /** Where group offsets go and partitions are opened again. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  async open(at: TopicPartition): Promise<Offset> {
    const { store, owner, clock, logger } = this.#parts;
    const [lease] = await store.acquire([at], owner);
    this.#partitions.set(keyOf(at), held(lease!));
    this.#lastRecordMs.set(keyOf(at), elapsedMs(clock));
    this.#metricsOf(at).watermark(at.topic, at.partition, lease!.state.watermark);
    logger.info({ ...at, offset: lease!.next, epoch: lease!.epoch }, 'lease acquired');
    return lease!.next;
  }

  async process(round: Round): Promise<void> {
    const { clock, progress, inputs } = this.#parts;
    const started = clock.now();
    progress.began(round.reduce((sum, batch) => sum + batch.records.length, 0));
    await prepare(round, inputs);
    await this.#apply(round);
    const now = clock.now();
    for (const batch of round) this.#lastRecordMs.set(keyOf(batch), elapsedMs(clock));
    observeRound(round, this.#partitions, (topic) => this.#metricsOf({ topic }), { tookMs: now - started, now });
    progress.made();
    await this.#checkpointing.whenDue();
    progress.idle();
  }

  async tick(): Promise<void> {
    this.#parts.progress.idle();
    await this.#lookWhenDue();
    await this.#advanceFinal();
    await this.#closeByClockWhenDue();
    await this.#checkpointing.whenDue();
    if (this.#maintain.take()) await this.#parts.store.maintain(this.#parts.clock.now());
  }

  closed(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      this.#partitions.delete(keyOf(at));
      this.#lastRecordMs.delete(keyOf(at));
      this.#metricsOf(at).forget(at.topic, at.partition);
    }
  }

  /** Resolves once what was committed to the store is stored for the group too, and is from then on after each round. */
  drain(): Promise<void> {
    return this.#checkpointing.drain();
  }

  /** Commits a round; judges it again as often as what is final moves, splits it when a row in it is refused. */
  async #apply(round: Round): Promise<void> {
    let left = round;
    while (left.length > 0) {
      const sessions = await sessionsNear(left, this.#parts);
      const judged = this.#judge(left, { sessions });
      const started = this.#parts.clock.now();
      try {
        const outcome = await this.#parts.store.commit(judged.commit);
        this.#parts.progress.made();
        switch (outcome.kind) {
          case 'committed':
            for (const partition of judged.after) this.#partitions.set(keyOf(partition), partition);
            this.#observeCommit(judged, this.#parts.clock.now() - started);
            return;
          case 'final_moved':
            this.#finalThrough = outcome.finalThrough;
            break;
          case 'fenced':
            left = this.#fenced(left, outcome.partitions);
            break;
        }
      } catch (error) {
        if (!(error instanceof RowRefusedError)) throw error;
        await this.#applyRefused(left, error);
        return;
      }
    }
  }

  async #applyRefused(round: Round, refused: RowRefusedError): Promise<void> {
    const halves = splitRound(round);
    if (halves !== null) {
      for (const half of halves) await this.#apply(this.#stillHeld(half));
      return;
    }
    const judged = this.#judge(round, { unstorable: refused.message.slice(0, 200) });
    this.#parts.logger.warn({ ...at(round[0]!), reason: refused.message }, 'row refused by Postgres, quarantined');
    const outcome = await this.#parts.store.commit(judged.commit);
    if (outcome.kind === 'committed')
      for (const partition of judged.after) this.#partitions.set(keyOf(partition), partition);
    else if (outcome.kind === 'fenced') this.#fenced(round, outcome.partitions);
    else {
      this.#finalThrough = outcome.finalThrough;
      await this.#applyRefused(round, refused);
    }
  }

  #judge(round: Round, more: Pick<GoldContext, 'sessions' | 'unstorable'>): JudgedRound {
    return judgeRound(round, {
      inputs: this.#parts.inputs,
      partitions: this.#partitions,
      finalThrough: this.#finalThrough,
      now: this.#parts.clock.now(),
      ...more,
    });
  }

  /** Another instance has them: forget what is known of them, and ask for them again. Returns what is left to do. */
  #fenced(round: Round, partitions: readonly TopicPartition[]): Round {
    for (const lost of partitions) {
      this.#parts.logger.warn({ code: 'MED_LEASE_LOST', ...lost }, 'lease lost to another instance; batch dropped');
      this.#reopen(lost);
    }
    return this.#stillHeld(round);
  }

  #reopen(lost: TopicPartition): void {
    this.#metricsOf(lost).leaseLost();
    this.#partitions.delete(keyOf(lost));
    this.#subscription?.reopen(lost);
  }

  #stillHeld(round: Round): Round {
    return round.filter((batch) => this.#partitions.has(keyOf(batch)));
  }

  async #advanceFinal(): Promise<void> {
    for (const source of viewSources(this.#plan)) {
      const ranges = await this.#parts.log.partitions(source.topic);
      if (ranges === null) continue;
      const through = await this.#parts.store.advanceFinal(source.name, source.topic, ranges.length);
      if (this.#finalThrough.get(source.name) !== through)
        this.#finalThrough = new Map(this.#finalThrough).set(source.name, through);
    }
  }

  /** W6: what is left open in silence is closed by the clock, for tables that ask for it. */
  async #closeByClockWhenDue(): Promise<void> {
    if (!this.#close.take()) return;
    const { clock, log, store } = this.#parts;
    const now = clock.now();
    for (const source of viewSources(this.#plan)) {
      const silentMs = source.eventTime?.closeWhenSilentMs;
      if (silentMs === undefined || !(await everythingIsIn(this.#plan, source, log, store))) continue;
      const partitions = (await log.partitions(source.topic))?.length ?? 0;
      // By the time before the look: what came to the sources since then is not closed by it.
      const through = await store.closeByClock(source.name, source.topic, partitions, (now - silentMs) as Instant);
      this.#finalThrough = new Map(this.#finalThrough).set(source.name, through);
    }
  }

  /** G7: what the store has lost is committed again, also where nothing more comes. */
  async #lookWhenDue(): Promise<void> {
    if (!this.#look.take()) return;
    const { logger, store } = this.#parts;
    for (const at of await lostGround(this.#partitions.values(), store)) {
      logger.warn({ code: 'MED_LEASE_LOST', ...at }, 'the store went back; what it lost is done again');
      this.#reopen(at);
    }
  }

  async #checkpoint(): Promise<void> {
    await this.#markIdle(elapsedMs(this.#parts.clock));
    const positions = [...this.#partitions.values()].map(({ topic, partition, next }) => ({
      topic,
      partition,
      offset: next,
      metadata: '',
    }));
    try {
      if (positions.length > 0) await this.#subscription?.commit(positions);
    } catch (error) {
      // I5: the group's offset is advisory; the lease is what counts.
      this.#parts.logger.debug({ reason: messageOf(error) }, 'group offsets not stored');
    }
  }

  /** W5: partitions of view sources that were silent for the timeout, and whose whole way is caught up, become idle. */
  async #markIdle(nowMs: number): Promise<void> {
    for (const source of viewSources(this.#plan)) {
      const silent = [...this.#partitions.values()].filter(
        (partition) =>
          partition.topic === source.topic &&
          !partition.idle &&
          isSilent(this.#lastRecordMs.get(keyOf(partition)) ?? nowMs, nowMs, this.#parts.idleTimeoutMs),
      );
      for (const each of await allIsIn(this.#plan, source, silent, this.#parts.log)) await this.#commitIdle(each);
    }
  }

  async #commitIdle(before: HeldPartition): Promise<void> {
    const after = { ...before, idle: true };
    const outcome = await this.#parts.store.commit({ ...emptyCommit, leases: [leaseStep(before, after)] });
    if (outcome.kind === 'committed') this.#partitions.set(keyOf(after), after);
    else if (outcome.kind === 'fenced') this.#fenced([], outcome.partitions);
    this.#parts.logger.info({ ...at(before), idle: outcome.kind }, 'partition is idle');
  }

  #metricsOf({ topic }: Pick<TopicPartition, 'topic'>): FlowMetrics {
    return this.#parts.metrics(this.#parts.inputs.get(topic)!.table.name);
  }

  #observeCommit(judged: JudgedRound, tookMs: number): void {
    observeCommit(judged.commit, this.#parts.inputs, this.#parts.metrics);
    for (const batch of judged.after.slice(0, 1)) this.#metricsOf(batch).commitSeconds(tookMs / 1000);
  }
}

const at = ({ topic, partition }: PartitionBatch | HeldPartition): TopicPartition => ({ topic, partition });

import { type Clock, type FlowMetrics, type Log, type MedallionError, messageOf } from '@medallion/core';
import { expectationsIn, type FlowPlan } from '@medallion/pipeline';
import type { PassLost } from '../decisions/pass-lost.ts';
import { Due } from '../due.ts';
import { lagSeconds, latencies } from '../observe.ts';
import type {
  AppendBatch,
  Appender,
  Checkpoint,
  Offset,
  PartitionBatch,
  Round,
  RoundHandler,
  Subscription,
  TopicPartition,
} from '../ports/index.ts';
import type { Progress } from '../progress.ts';
import { type FlowPosition, fromCheckpoint, startPosition, toCheckpoint } from '../protocol/checkpoint.ts';
import { Checkpointing } from '../protocol/checkpointing.ts';
import type { RecordReader } from './record-reader.ts';
import type { BatchResult, FlowTask } from './table-task.ts';

/** So often tasks are asked whether they can still go on, and checkpoints stored again, also when nothing comes. */
const LOOK_EVERY_MS = 30_000;
/** Of a checkpoint that may not be stored. */
const UNKNOWN = -1;

/** The table that a flow writes to: its name and topics. */
export type FlowTarget = { readonly name: string; readonly topic: string; readonly quarantineTopic: string };

/** What a streaming flow needs beside its plan. */
export type StreamingFlowParts = {
  readonly reader: RecordReader;
  /** The task of a partition, with its state as it is at a position. */
  readonly openTask: (at: TopicPartition, position: FlowPosition) => Promise<FlowTask>;
  readonly appender: Appender;
  readonly passLost: PassLost;
  /** What of a round is acknowledged before the other is appended; absent: they are appended together. See SPEC P9, L3. */
  readonly order?: 'rows first' | 'traces first';
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: FlowMetrics;
  readonly progress: Progress;
  /** The longest time between two checkpoints while records flow, in milliseconds. */
  readonly checkpointEveryMs: number;
};

/**
 * Log to log: one flow of a table, over the input partitions that this instance was given.
 *
 *   open ── restore state from the checkpoint ──▶ process ──▶ append, acknowledged ──▶ checkpoint (now and then)
 *                                                   ▲                 │
 *                                                   └─────────────────┘
 *
 * Nothing of a round is appended before all of the round before it was acknowledged (SPEC P1). An append whose fate is
 * unknown ends the flow: it is started again from its checkpoint, and what it repeats is skipped by its readers.
 */
export class StreamingFlow implements RoundHandler {
  readonly #table: FlowTarget;
  readonly #flow: FlowPlan;
  readonly #parts: StreamingFlowParts;
  readonly #tasks = new Map<string, { readonly at: TopicPartition; readonly task: FlowTask; checkpointed: Offset }>();
  readonly #checkpointing: Checkpointing;
  #subscription: Subscription | null = null;
  readonly #look: Due;

  constructor(table: FlowTarget, flow: FlowPlan, parts: StreamingFlowParts) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
    this.#checkpointing = new Checkpointing(parts.checkpointEveryMs, parts.clock, () => this.#checkpoint());
    this.#look = new Due(parts.clock, LOOK_EVERY_MS);
  }

  /** Where checkpoints go. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  async open(at: TopicPartition, committed: Checkpoint | null): Promise<Offset> {
    const position = committed === null ? startPosition() : fromCheckpoint(committed, this.#parts.group, at);
    const task = await this.#parts.openTask(at, position);
    // A task may know of more than the checkpoint says, and what it knows must be of this log (SPEC L1, P8).
    const next = await this.#parts.passLost(at, task.position().next);
    task.advanceTo(next);
    this.#tasks.set(keyOf(at), { at, task, checkpointed: position.next });
    this.#parts.metrics.watermark(at.topic, at.partition, position.watermark);
    this.#parts.logger.info(
      { table: this.#table.name, flow: this.#flow.name, ...at, offset: next, stateEntries: task.entries },
      'partition opened',
    );
    return next;
  }

  async process(round: Round): Promise<void> {
    const { clock, progress, reader } = this.#parts;
    const started = clock.now();
    progress.began(round.reduce((sum, batch) => sum + batch.records.length, 0));
    for (const batch of round) await reader.prepare(batch.records);
    const results = round.map((batch) => ({ batch, result: this.#task(batch).process(batch, started) }));
    const stand = await this.#append(results);
    const now = clock.now();
    this.#observe(results, now - started, now);
    let failure: MedallionError | null = null;
    for (const [i, { batch, result }] of results.entries())
      if (stand[i]) failure ??= result.failure;
      else this.#reopen(batch);
    progress.made();
    if (failure !== null) await this.#fail(failure);
    await this.#checkpointing.whenDue();
    progress.idle();
  }

  async tick(): Promise<void> {
    this.#parts.progress.idle();
    await this.#lookWhenDue();
    await this.#checkpointing.whenDue();
  }

  closed(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      this.#tasks.delete(keyOf(at));
      this.#parts.metrics.forget(at.topic, at.partition);
    }
  }

  /** Resolves once all that was processed is checkpointed, as it is from then on after each round. */
  drain(): Promise<void> {
    return this.#checkpointing.drain();
  }

  async #lookWhenDue(): Promise<void> {
    if (!this.#look.take()) return;
    for (const { at, task } of [...this.#tasks.values()]) if ((await task.stands?.()) === false) this.#reopen(at);
    // An older commit that came late may have taken their place (SPEC P6).
    for (const open of this.#tasks.values()) if (open.checkpointed > 0) open.checkpointed = UNKNOWN;
  }

  /** What is known of the partition is forgotten, and read again from its last checkpoint. */
  #reopen({ topic, partition }: TopicPartition): void {
    const at = { topic, partition };
    this.#tasks.delete(keyOf(at));
    this.#subscription?.reopen(at);
  }

  #task(at: TopicPartition): FlowTask {
    const open = this.#tasks.get(keyOf(at));
    if (open === undefined) throw new Error(`invariant violated: ${keyOf(at)} was not opened`);
    return open.task;
  }

  /** Rows go to the table's partition of the same number, traces beside them; says whether each batch's rows stand. */
  async #append(results: readonly { batch: PartitionBatch; result: BatchResult }[]): Promise<readonly boolean[]> {
    const { topic, quarantineTopic } = this.#table;
    const { order } = this.#parts;
    const rows = results.map(({ batch: { partition }, result }) => {
      const records = result.after === undefined ? result.rows : [...result.rows, ...result.after];
      return { topic, partition, records };
    });
    const traces = results.map(({ batch: { partition }, result }) => {
      return { topic: quarantineTopic, partition, records: result.traces };
    });
    const before = order === 'traces first' ? await this.#appended(traces) : [];
    const offsets = await this.#appended(order === undefined ? [...rows, ...traces] : rows);
    const stand: boolean[] = [];
    for (const [i, { batch }] of results.entries())
      stand.push(offsets[i] === null || (await this.#task(batch).written(offsets[i]!)));
    // Of rows that do not stand, others may become traces when they are made again.
    const after = traces.map((batch, i) => (stand[i] ? batch : { ...batch, records: [] }));
    offsets.push(...(order === 'rows first' ? await this.#appended(after) : before));
    const appended = (i: number, { records }: AppendBatch) =>
      offsets[i] === null ? null : { offset: offsets[i]!, end: offsets[i]! + records.length };
    for (const [i, { batch }] of results.entries()) {
      const [own, refused] = [appended(i, rows[i]!), appended(rows.length + i, after[i]!)];
      if (stand[i]) stand[i] = (await this.#task(batch).appended?.(own, refused)) ?? true;
    }
    return stand;
  }

  /** Appends those that are not empty; of each the offset of its first record. */
  async #appended(batches: readonly AppendBatch[]): Promise<(Offset | null)[]> {
    const filled = batches.filter(({ records }) => records.length > 0);
    const offsets = filled.length === 0 ? [] : await this.#parts.appender.append(filled);
    let next = 0;
    return batches.map(({ records }) => (records.length === 0 ? null : offsets[next++]!));
  }

  async #checkpoint(): Promise<void> {
    if (this.#subscription === null) return;
    const isMoved = ({ task, checkpointed }: { task: FlowTask; checkpointed: Offset }) =>
      task.position().next !== checkpointed;
    await this.#close([...this.#tasks.values()].filter(isMoved));
    const moved = [...this.#tasks.values()].filter(isMoved);
    if (moved.length === 0) return;
    const checkpoints = moved.map(({ at, task }) => ({
      ...at,
      ...toCheckpoint(task.position(), this.#parts.group, at),
    }));
    try {
      await this.#subscription.commit(checkpoints);
      moved.forEach((open, i) => {
        open.checkpointed = checkpoints[i]!.offset;
      });
    } catch (error) {
      // An older checkpoint only means repetition (SPEC P6), and a lost membership is noticed by the subscription.
      this.#parts.logger.debug(
        { table: this.#table.name, flow: this.#flow.name, reason: messageOf(error) },
        'checkpoint not stored',
      );
    }
  }

  /** Writes what has to stand before the checkpoints of tasks do; those that cannot go on are opened again. */
  async #close(tasks: readonly { readonly at: TopicPartition; readonly task: FlowTask }[]): Promise<void> {
    const { topic } = this.#table;
    const batches = tasks.map(({ at, task }) => {
      return { topic, partition: at.partition, records: task.closing?.() ?? [] };
    });
    const offsets = await this.#appended(batches);
    for (const [i, { at, task }] of tasks.entries())
      if (offsets[i] !== null && !(await task.written(offsets[i]!))) this.#reopen(at);
  }

  /** Stops at the record that broke an `expectOrFail`, with everything before it checkpointed. */
  async #fail(failure: MedallionError): Promise<never> {
    await this.#checkpoint();
    throw failure;
  }

  #observe(results: readonly { batch: PartitionBatch; result: BatchResult }[], tookMs: number, now: number): void {
    const { metrics } = this.#parts;
    const rules = expectationsIn(this.#flow);
    for (const { batch, result } of results) {
      const { tally } = result;
      const task = this.#task(batch);
      const position = task.position();
      metrics.recordsIn(tally.records - tally.repeated);
      metrics.recordsOut(result.rows.length);
      for (const [outcome, n] of tally.refused)
        if (outcome === 'dropped') metrics.dropped(n);
        else metrics.quarantined(outcome, n);
      if (tally.filtered > 0) metrics.filtered(tally.filtered);
      if (tally.unmatched > 0) metrics.unmatched(tally.unmatched);
      for (const { name } of rules) {
        const failed = tally.failed.get(name) ?? 0;
        if (failed > 0) metrics.expectation(name, 'failed', failed);
        if (tally.judged > failed) metrics.expectation(name, 'passed', tally.judged - failed);
      }
      metrics.watermark(batch.topic, batch.partition, position.watermark);
      metrics.lag(
        batch.topic,
        batch.partition,
        Math.max(0, batch.highWatermark - position.next),
        lagSeconds(batch, now),
      );
      metrics.latencySeconds(latencies(batch.records, now));
    }
    metrics.batchSeconds(tookMs / 1000);
    metrics.stateEntries([...this.#tasks.values()].reduce((sum, { task }) => sum + task.entries, 0));
  }
}

const keyOf = (at: TopicPartition): string => `${at.topic}[${at.partition}]`;

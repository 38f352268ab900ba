import { type Clock, type FlowMetrics, type Log, MedallionError, messageOf } from '@medallion/core';
import type { FilesPlan, FlowPlan, StreamingTablePlan } from '@medallion/pipeline';
import { Due } from '../due.ts';
import type {
  Appender,
  Checkpoint,
  FileSource,
  Offset,
  RecordLog,
  Round,
  RoundHandler,
  Subscription,
  TopicPartition,
} from '../ports/index.ts';
import type { Progress } from '../progress.ts';
import { startPosition } from '../protocol/checkpoint.ts';
import { Checkpointing, STORE_AGAIN_EVERY_MS } from '../protocol/checkpointing.ts';
import { TableTask, type TaskParts } from '../streaming/table-task.ts';
import type { AddedColumns } from './added-columns.ts';
import { ChunkProcessor } from './chunk-processor.ts';
import type { Discovery } from './discovery.ts';
import { type FileState, fileStart, fromFileCheckpoint, type OpenFiles, storeCheckpoints } from './file-checkpoint.ts';
import type { FileEnds } from './file-ends.ts';
import { FilePartition } from './file-partition.ts';
import { batchesOf } from './file-round.ts';
import { type Outcome, observeFiles } from './observe-files.ts';
import { rowOffset } from './virtual-offset.ts';

/** What a files flow needs beside its plan. */
export type FilesFlowParts = Omit<TaskParts, 'reader'> & {
  readonly source: FilesPlan;
  readonly rows: TaskParts['reader'];
  readonly files: FileSource;
  readonly log: RecordLog;
  readonly appender: Appender;
  readonly discovery: Discovery;
  /** For `add_new_columns`. */
  readonly added: AddedColumns | null;
  /** For a flow that is not to run for ever. */
  readonly ends: FileEnds | null;
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: FlowMetrics;
  readonly progress: Progress;
  readonly checkpointEveryMs: number;
};

/**
 * Files to log: one flow of a streaming table, over the partitions of its file log that this instance was given.
 *
 *   folder ──discovery──▶ file log ──▶ entries in order ──▶ chunks of rows ──▶ append, acknowledged ──▶ checkpoint
 *
 * The group's reader only brings entries: it must stay free to give partitions away while a long file is read. Chunks are
 * worked on by a loop of its own, one round at a time; nothing of a round is appended before all of the round before was
 * acknowledged (P1). A row goes to the partition of its key, a trace to that of the log. Whatever fails ends the flow at
 * the reader's next call; it is started again from its checkpoint, inside a file if need be.
 */
export class FilesFlow implements RoundHandler {
  readonly #table: StreamingTablePlan;
  readonly #flow: FlowPlan;
  readonly #parts: FilesFlowParts;
  readonly #chunks: ChunkProcessor;
  readonly #open = new Map<number, OpenFiles>();
  readonly #checkpointing: Checkpointing;
  #subscription: Subscription | null = null;
  #wake = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | null = null;
  #stopping = false;
  #discovering: Promise<void> | null = null;
  readonly #storeAgain: Due;
  readonly #finish: Due;
  readonly #finished = Promise.withResolvers<void>();
  readonly #work: Promise<void>;

  constructor(table: StreamingTablePlan, flow: FlowPlan, parts: FilesFlowParts) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
    this.#chunks = new ChunkProcessor(table, parts.source, parts.added);
    this.#checkpointing = new Checkpointing(parts.checkpointEveryMs, parts.clock, () => this.#checkpoint());
    this.#storeAgain = new Due(parts.clock, STORE_AGAIN_EVERY_MS);
    this.#finish = new Due(parts.clock, parts.checkpointEveryMs);
    this.#work = this.#run();
  }

  /** Where checkpoints go. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  /** Takes in the whole log of the partition: what it names is known from then on, and never named again. */
  async open(at: TopicPartition, committed: Checkpoint | null): Promise<Offset> {
    this.#throwFailure();
    const { log, group, logger, progress } = this.#parts;
    const state = committed === null ? fileStart : fromFileCheckpoint(committed, group, at);
    // A member that leaves need not know what it is given at the last moment.
    if (this.#stopping) return state.entry;
    const partition = new FilePartition(at, state);
    let low: Offset | null = null;
    for await (const records of log.read(at, 0)) {
      low ??= records[0]!.offset;
      partition.load(records);
      progress.made();
    }
    low ??= (await log.partitions(at.topic))?.find((each) => each.partition === at.partition)?.low ?? 0;
    if (low > 0) throw new MedallionError('MED_FILE_LOG_INVALID', { ...at, low });
    const end = this.#parts.ends?.remembered(committed?.metadata) ?? null;
    if (end !== null) partition.endAt(end);
    this.#open.set(at.partition, { partition, task: this.#task(at, state), stored: committed, end });
    logger.info(
      {
        ...{ table: this.#table.name, flow: this.#flow.name, ...at, offset: state.entry, row: state.mark.row },
        ...{ files: partition.log.size, pending: partition.pending.length },
      },
      'partition opened',
    );
    this.#wake.resolve();
    return Math.max(partition.loaded, state.entry);
  }

  async process(round: Round): Promise<void> {
    this.#throwFailure();
    for (const batch of round) this.#open.get(batch.partition)?.partition.load(batch.records);
    this.#wake.resolve();
  }

  async tick(): Promise<void> {
    this.#throwFailure();
    this.#discover();
    if (this.#storeAgain.take()) for (const open of this.#open.values()) open.stored = null;
    await this.#checkpointing.whenDue();
    await this.#finishWhenDone();
  }

  /** Resolves when a flow that is not to run for ever has read all of its files; never rejects. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  closed(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      this.#open.get(partition)?.partition.close();
      this.#open.delete(partition);
      this.#parts.discovery.forget(partition);
      this.#parts.metrics.forget(topic, partition);
    }
  }

  /** Resolves when the round in hand is done and stored; nothing is begun after it. */
  async drain(): Promise<void> {
    this.#stopping = true;
    this.#wake.resolve();
    await this.#work;
    for (const { partition } of this.#open.values()) partition.close();
    await this.#discovering;
    if (this.#failure === null) await this.#checkpoint();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake.resolve();
  }

  #task(at: TopicPartition, state: FileState): TableTask {
    const { rows: reader, encoder, tables, skipped } = this.#parts;
    const position = { ...startPosition(), next: rowOffset(state.entry, state.mark.row), watermark: state.watermark };
    const task = {
      ...{ reader, encoder },
      ...(tables === undefined ? {} : { tables }),
      ...(skipped === undefined ? {} : { skipped }),
    };
    return new TableTask(this.#table, this.#flow, task, at, position);
  }

  /** The loop: rounds while there are chunks, and else it waits for one. */
  async #run(): Promise<void> {
    const { progress } = this.#parts;
    while (!this.#stopping && this.#failure === null) {
      const ready = this.#prefetched();
      if (ready.length === 0) {
        if ([...this.#open.values()].every(({ partition }) => partition.pending.length === 0)) progress.idle();
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
        continue;
      }
      try {
        await this.#round(ready);
        progress.made();
        await this.#checkpointing.whenDue();
      } catch (error) {
        this.#fail(error);
      }
    }
    progress.idle();
  }

  /** Has every partition get its next chunk; those that have one. */
  #prefetched(): readonly OpenFiles[] {
    const { files, source, progress } = this.#parts;
    let pending = 0;
    for (const { partition } of this.#open.values()) {
      pending += partition.pending.length;
      const done = () => this.#wake.resolve();
      partition.fetch(files, source.format, done, (error) => this.#fail(error));
    }
    if (pending > 0) progress.began(pending);
    return [...this.#open.values()].filter(({ partition }) => partition.ready);
  }

  async #round(ready: readonly OpenFiles[]): Promise<void> {
    const { clock, appender } = this.#parts;
    const started = clock.now();
    const outcomes: Outcome<OpenFiles>[] = [];
    for (const open of ready) outcomes.push(...(await this.#chunks.take(open)));
    const batches = batchesOf(
      this.#table,
      this.#parts.source,
      outcomes.map(({ open, result }) => ({ at: open.partition.at, result })),
    );
    // The next chunks come while these are appended.
    if (outcomes.every(({ failure }) => failure === null)) this.#prefetched();
    if (batches.length > 0) await appender.append(batches);
    for (const { open, after } of outcomes) open.partition.acknowledged(after);
    observeFiles(this.#flow, this.#parts.metrics, outcomes, clock.now() - started, clock.now());
    const failure = outcomes.find((outcome) => outcome.failure !== null)?.failure ?? null;
    if (failure === null) return;
    // Everything before the row is in the table, nothing from it on (F1).
    await this.#checkpoint();
    throw failure;
  }

  #discover(): void {
    const { discovery, ends } = this.#parts;
    if (this.#discovering !== null || this.#stopping || !discovery.due) return;
    if (this.#open.size === 0 && ends === null) return;
    const fresh = () => [...this.#open.values()].filter(({ end }) => end === null);
    this.#discovering = discovery
      .discover(
        () => fresh().map(({ partition }) => partition),
        (listing) => ends?.wanted(listing) ?? listing.files,
      )
      .then(
        (listing) => {
          ends?.decide(listing, fresh());
        },
        (error: unknown) => {
          if (!this.#stopping) this.#fail(error);
        },
      )
      .finally(() => {
        this.#discovering = null;
      });
  }

  async #finishWhenDone(): Promise<void> {
    const { ends } = this.#parts;
    if (ends === null || !this.#finish.take()) return;
    if (!(await ends.reached(this.#open))) return;
    // Its checkpoints are what others, and the next start, know of it.
    if (await this.#checkpoint()) this.#finished.resolve();
  }

  /** Whether all that was done is stored. */
  async #checkpoint(): Promise<boolean> {
    if (this.#subscription === null) return false;
    try {
      await storeCheckpoints(this.#open.values(), this.#subscription, this.#parts.ends?.remembers ?? false);
      return true;
    } catch (error) {
      // An older checkpoint only means repetition (P6), and a lost membership is noticed by the subscription.
      this.#parts.logger.debug({ flow: this.#flow.name, reason: messageOf(error) }, 'checkpoint not stored');
      return false;
    }
  }
}

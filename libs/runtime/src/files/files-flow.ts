import { type Clock, type FlowMetrics, type Log, MedallionError, messageOf } from '@medallion/core';
import type { FilesPlan, FlowPlan, StreamingTablePlan } from '@medallion/pipeline';
import type {
  AppendBatch,
  Appender,
  Checkpoint,
  FileSource,
  Offset,
  OutRecord,
  RecordLog,
  Round,
  RoundHandler,
  Subscription,
  TopicPartition,
} from '../ports/index.ts';
import type { Progress } from '../progress.ts';
import { startPosition } from '../protocol/checkpoint.ts';
import { partitionOfKey } from '../protocol/key-partition.ts';
import { TableTask, type TaskParts } from '../streaming/table-task.ts';
import type { Discovery } from './discovery.ts';
import { type FileState, fileStart, fromFileCheckpoint, toFileCheckpoint } from './file-checkpoint.ts';
import { FilePartition, type InHand } from './file-partition.ts';
import { type FileRecord, FileRows } from './file-rows.ts';
import { type Outcome, observeFiles } from './observe-files.ts';
import { type FilePosition, rowAt, rowOffset } from './virtual-offset.ts';

/** What a files flow needs beside its plan. */
export type FilesFlowParts = Omit<TaskParts, 'reader'> & {
  readonly source: FilesPlan;
  readonly rows: TaskParts['reader'];
  readonly files: FileSource;
  readonly log: RecordLog;
  readonly appender: Appender;
  readonly discovery: Discovery;
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: FlowMetrics;
  readonly progress: Progress;
  readonly checkpointEveryMs: number;
};

/** An owned partition with its steps. */
type Open = { readonly partition: FilePartition; readonly task: TableTask; stored: Checkpoint | null };

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
  readonly #rows: FileRows;
  readonly #open = new Map<number, Open>();
  #subscription: Subscription | null = null;
  #wake = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | null = null;
  #stopping = false;
  #discovering: Promise<void> | null = null;
  #checkpointDue = 0;
  readonly #work: Promise<void>;

  constructor(table: StreamingTablePlan, flow: FlowPlan, parts: FilesFlowParts) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
    this.#rows = new FileRows(parts.source);
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
    const low = (await log.partitions(at.topic))?.find(({ partition }) => partition === at.partition)?.low ?? 0;
    if (low > 0) throw new MedallionError('MED_FILE_LOG_INVALID', { ...at, low });
    const partition = new FilePartition(at, state);
    for await (const records of log.read(at, 0)) {
      partition.take(records);
      progress.made();
    }
    this.#open.set(at.partition, { partition, task: this.#task(at, state), stored: committed });
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
    for (const batch of round) this.#open.get(batch.partition)?.partition.take(batch.records);
    this.#wake.resolve();
  }

  async tick(): Promise<void> {
    this.#throwFailure();
    this.#discover();
    await this.#checkpointWhenDue();
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
        await this.#checkpointWhenDue();
      } catch (error) {
        this.#fail(error);
      }
    }
    progress.idle();
  }

  /** Has every partition get its next chunk; those that have one. */
  #prefetched(): readonly Open[] {
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

  async #round(ready: readonly Open[]): Promise<void> {
    const { clock, appender } = this.#parts;
    const started = clock.now();
    const outcomes = ready.map((open) => this.#processed(open, open.partition.takeChunk()));
    const batches = outcomes.flatMap((outcome) => this.#batches(outcome));
    // The next chunks come while these are appended.
    if (outcomes.every(({ failure }) => failure === null)) this.#prefetched();
    if (batches.length > 0) await appender.append(merged(batches));
    for (const { open, after } of outcomes) open.partition.acknowledged(after);
    observeFiles(this.#flow, this.#parts.metrics, outcomes, clock.now() - started, clock.now());
    const failure = outcomes.find((outcome) => outcome.failure !== null)?.failure ?? null;
    if (failure === null) return;
    // Everything before the row is in the table, nothing from it on (F1).
    await this.#checkpoint();
    throw failure;
  }

  #processed(open: Open, { chunk, after }: InHand): Outcome<Open> {
    const { at } = open.partition;
    const ingestedAt = this.#parts.clock.now();
    const records: FileRecord[] = [];
    let refused: MedallionError | null = null;
    if (chunk.kind === 'unreadable') records.push(this.#rows.unreadable(chunk.entry, chunk.row, chunk.reason));
    if (chunk.kind === 'rows')
      for (const row of chunk.rows) {
        refused = this.#refusal(at, chunk.entry.path, row.row, chunk.entry.offset, this.#rows.undeclared(row));
        if (refused !== null) break;
        records.push(this.#rows.record(chunk.entry, row, ingestedAt));
      }
    const result = open.task.process({ ...at, records, highWatermark: 0 }, ingestedAt);
    const failure = result.failure === null ? refused : named(result.failure, chunk.entry.path);
    return { open, result, failure, after: failure === null ? after : stoppedAt(failure), entry: chunk.entry };
  }

  #refusal(
    at: TopicPartition,
    path: string,
    row: number,
    entry: Offset,
    undeclared: readonly string[],
  ): MedallionError | null {
    if (this.#parts.source.evolution !== 'fail' || undeclared.length === 0) return null;
    const columns = undeclared.join(', ');
    return new MedallionError('MED_FILE_COLUMNS', {
      ...{ table: this.#table.name, path, columns, ...at, offset: rowOffset(entry, row) },
    });
  }

  /** Rows by the partition of their key, traces to that of the log. */
  #batches({ open, result }: Outcome<Open>): readonly AppendBatch[] {
    const { partitions } = this.#parts.source;
    const { partition } = open.partition.at;
    const rows = Map.groupBy(result.rows, ({ key }) => (key === null ? partition : partitionOfKey(key, partitions)));
    const batches = [...rows].map(([to, records]) => ({ topic: this.#table.topic, partition: to, records }));
    if (result.traces.length === 0) return batches;
    return [...batches, { topic: this.#table.quarantineTopic, partition, records: result.traces }];
  }

  #discover(): void {
    const { discovery } = this.#parts;
    if (this.#discovering !== null || this.#stopping || !discovery.due || this.#open.size === 0) return;
    this.#discovering = discovery
      .discover(() => [...this.#open.values()].map(({ partition }) => partition))
      .then(
        () => {},
        (error: unknown) => {
          if (!this.#stopping) this.#fail(error);
        },
      )
      .finally(() => {
        this.#discovering = null;
      });
  }

  async #checkpointWhenDue(): Promise<void> {
    const now = this.#parts.clock.now();
    if (now < this.#checkpointDue) return;
    this.#checkpointDue = now + this.#parts.checkpointEveryMs;
    await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    const moved = [...this.#open.values()].flatMap((open) => {
      const { watermark } = open.task.position();
      const checkpoint = toFileCheckpoint({ ...open.partition.position, watermark });
      const same = checkpoint.offset === open.stored?.offset && checkpoint.metadata === open.stored.metadata;
      return same ? [] : [{ open, checkpoint }];
    });
    if (moved.length === 0 || this.#subscription === null) return;
    try {
      await this.#subscription.commit(moved.map(({ open, checkpoint }) => ({ ...open.partition.at, ...checkpoint })));
      for (const { open, checkpoint } of moved) open.stored = checkpoint;
    } catch (error) {
      // An older checkpoint only means repetition (P6), and a lost membership is noticed by the subscription.
      this.#parts.logger.debug({ flow: this.#flow.name, reason: messageOf(error) }, 'checkpoint not stored');
    }
  }
}

/** One batch for each partition, its records in the order of the batches. */
function merged(batches: readonly AppendBatch[]): readonly AppendBatch[] {
  const byPlace = Map.groupBy(batches, ({ topic, partition }) => `${partition} ${topic}`);
  return [...byPlace.values()].map((those) => {
    const [first] = those as [AppendBatch];
    return those.length === 1
      ? first
      : { ...first, records: those.flatMap(({ records }): readonly OutRecord[] => records) };
  });
}

/** Where a flow that stopped at a row goes on: at that row, found by counting, as it is in the middle of a chunk. */
function stoppedAt(failure: MedallionError): FilePosition {
  const { entry, row } = rowAt(Number((failure.details as { readonly offset: number }).offset));
  return { entry, mark: { row, byte: row === 0 ? 0 : null, line: 0 } };
}

/** A failure at a row, with the file's name. */
function named(failure: MedallionError, path: string): MedallionError {
  if (failure.code !== 'MED_EXPECTATION_FAILED') return failure;
  const details = failure.details as MedallionError<'MED_EXPECTATION_FAILED'>['details'];
  const { row } = rowAt(Number(details.offset));
  return new MedallionError('MED_EXPECTATION_FAILED', {
    ...details,
    rules: `${details.rules} (row ${row} of ${path})`,
  });
}

import {
  type Clock,
  type FlowMetrics,
  instant,
  type Log,
  type MedallionError,
  messageOf,
  NEVER,
} from '@medallion/core';
import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import { toFileRecord } from '../files/file-log.ts';
import type {
  Appender,
  Checkpoint,
  LogRecord,
  Offset,
  OutRecord,
  RecordLog,
  Round,
  RoundHandler,
  RowDecoder,
  Subscription,
  TopicPartition,
} from '../ports/index.ts';
import type { Progress } from '../progress.ts';
import { fromCheckpoint, startPosition, toCheckpoint } from '../protocol/checkpoint.ts';
import type { ChangelogWriter } from './changelog-writer.ts';
import type { KeyedState } from './keyed-state.ts';
import { type SnapshotEntry, SnapshotLog } from './snapshot-log.ts';
import { type ReadingParts, type ReadSnapshot, SnapshotReading } from './snapshot-reading.ts';

/** What a snapshot flow needs beside its plan. */
export type SnapshotFlowParts = ReadingParts & {
  readonly log: RecordLog;
  readonly appender: Appender;
  readonly decoder: RowDecoder;
  /** The state of the table, and who writes its changelog. */
  readonly openState: (at: TopicPartition) => Promise<{ readonly state: KeyedState; readonly writer: ChangelogWriter }>;
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: FlowMetrics;
  readonly progress: Progress;
  readonly checkpointEveryMs: number;
  readonly discoverEveryMs: number;
  /** Ends once what was there at the start is in the table. */
  readonly ends: boolean;
};

/** Bytes and records of one append. */
const CHUNK_BYTES = 524_288;
const CHUNK_RECORDS = 5_000;
/** So often the flow looks whether somebody else has written to its changelog. */
const LOOK_EVERY_MS = 30_000;
const FORGET_EVERY_MS = 3_600_000;

/** The only partition, while it is open. */
type Open = {
  readonly at: TopicPartition;
  readonly log: SnapshotLog;
  readonly state: KeyedState;
  readonly writer: ChangelogWriter;
  /** The offset of the first entry that is not in the table. */
  next: Offset;
  /** The offset after the entries that were appended and did not come back yet. */
  awaited: Offset;
};

/**
 * Snapshots to changelog: each version of the source's files is one state of the whole table (SPEC N1 to N5).
 *
 *   folder ──discovery──▶ log of files ──▶ read whole ──▶ compared with the state ──▶ upserts and deletes ──▶ checkpoint
 *
 * It all happens in the partition of the log of files, of which there is one. What a snapshot changes is written in
 * several appends; whoever goes on after a crash compares the same file with what was written, and writes the rest.
 */
export class SnapshotFlow implements RoundHandler {
  readonly #table: KeyedTablePlan;
  readonly #flow: FlowPlan;
  readonly #parts: SnapshotFlowParts;
  #open: Open | null = null;
  #subscription: Subscription | null = null;
  #stored: Offset = -1;
  #checkpointDue = 0;
  #discoverDue = 0;
  #lookDue = 0;
  #forgetDue = 0;
  #drained: (() => void) | null = null;
  readonly #finished = Promise.withResolvers<void>();

  constructor(table: KeyedTablePlan, flow: FlowPlan, parts: SnapshotFlowParts) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
  }

  /** Where checkpoints go. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  /** Resolves when a flow that ends has ended; never rejects. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Resolves once all that was processed is checkpointed, as it is from then on after each round. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  async open(at: TopicPartition, committed: Checkpoint | null): Promise<Offset> {
    const { log: records, group, logger, progress } = this.#parts;
    const next = committed === null ? 0 : fromCheckpoint(committed, group, at).next;
    const opened = await this.#parts.openState({ topic: this.#table.changelogTopic, partition: at.partition });
    // Whatever is named before the position decides what counts after it.
    const log = new SnapshotLog();
    for await (const batch of records.read(at, 0)) {
      for (const record of batch) if (record.offset < next) log.take(record);
      progress.made();
    }
    this.#open = { at, log, ...opened, next, awaited: 0 };
    this.#stored = next;
    logger.info(
      { table: this.#table.name, flow: this.#flow.name, ...at, offset: next, stateEntries: opened.state.size },
      'partition opened',
    );
    return next;
  }

  async process(round: Round): Promise<void> {
    const { progress, clock } = this.#parts;
    for (const batch of round) {
      progress.began(batch.records.length);
      for (const record of batch.records) if (!(await this.#record(record))) return;
    }
    await this.#checkpointWhenDue(clock.now());
    progress.idle();
  }

  async tick(): Promise<void> {
    const now = this.#parts.clock.now();
    this.#parts.progress.idle();
    this.#forgetWhenDue(now);
    if (now >= this.#lookDue) {
      this.#lookDue = now + LOOK_EVERY_MS;
      if (this.#open !== null && !(await this.#open.writer.isAlone())) this.#reopen();
    }
    await this.#discoverWhenDue(now);
    await this.#checkpointWhenDue(now);
  }

  closed(partitions: readonly TopicPartition[]): void {
    this.#open = null;
    for (const { topic, partition } of partitions) this.#parts.metrics.forget(topic, partition);
  }

  /** False when the partition has to be opened again. */
  async #record(record: LogRecord): Promise<boolean> {
    const open = this.#opened();
    const entry = open.log.take(record);
    if (entry !== null && !(await this.#snapshot(open, entry))) {
      this.#reopen();
      return false;
    }
    open.next = record.offset + 1;
    return true;
  }

  async #snapshot(open: Open, entry: SnapshotEntry): Promise<boolean> {
    const { clock, logger, metrics } = this.#parts;
    const started = clock.now();
    const reading = new SnapshotReading(this.#table, this.#flow, this.#parts, open.at, open.state);
    const snapshot = await reading.read(entry, started);
    const where = { table: this.#table.name, flow: this.#flow.name, path: entry.path, offset: entry.offset };
    if (snapshot.failure !== null) await this.#fail(snapshot.failure);
    if (snapshot.broken && (await this.#isSuperseded(entry))) {
      logger.info(where, 'snapshot passed over: its file is another one by now');
      return true;
    }
    const written = await this.#write(open, entry, snapshot);
    this.#observe(snapshot, written);
    metrics.batchSeconds((clock.now() - started) / 1000);
    if (snapshot.broken) logger.warn(where, 'snapshot quarantined: it cannot be read, and changes nothing');
    else if (written !== null)
      logger.info({ ...where, changes: written, rows: snapshot.present.size }, 'snapshot applied');
    return written !== null;
  }

  /** Writes what a snapshot changes, chunk by chunk; the number of its records, or null when another writer came between. */
  async #write(open: Open, { start }: SnapshotEntry, snapshot: ReadSnapshot): Promise<number | null> {
    const { appender, clock, progress } = this.#parts;
    const { changelogTopic: topic, quarantineTopic } = this.#table;
    const { partition } = open.at;
    if (snapshot.traces.length > 0)
      await appender.append([{ topic: quarantineTopic, partition, records: snapshot.traces }]);
    if (snapshot.broken) return 0;
    let chunk: OutRecord[] = [];
    let bytes = 0;
    let written = 0;
    const flush = async (): Promise<boolean> => {
      if (chunk.length === 0) return true;
      const [offset] = await appender.append([{ topic, partition, records: chunk }]);
      written += chunk.length;
      chunk = [];
      bytes = 0;
      progress.made();
      return open.writer.stand(offset as Offset);
    };
    for await (const made of this.#changes(open, start, snapshot, clock.now())) {
      for (const record of made) {
        chunk.push(record);
        bytes += record.value?.length ?? 0;
      }
      if ((bytes >= CHUNK_BYTES || chunk.length >= CHUNK_RECORDS) && !(await flush())) return null;
    }
    return (await flush()) ? written : null;
  }

  /** The records of each row that is new, another or gone. */
  async *#changes(
    open: Open,
    start: number,
    snapshot: ReadSnapshot,
    now: number,
  ): AsyncGenerator<readonly OutRecord[]> {
    const { decoder, rows, log } = this.#parts;
    const { state, writer } = open;
    const before = state.alive;
    const at = instant(now);
    for (const { key, encoded, warned } of snapshot.changed) {
      const decoded = decoder.decode(encoded);
      if (!('row' in decoded)) throw new Error(`invariant violated: a row that was encoded is none: ${key}`);
      const row = rows.own(decoded.row, start);
      yield writer.records(state.apply({ key, sequence: start, row, encoded }, at), warned);
    }
    if (before !== null && before === snapshot.known) return;
    // What is gone is known by the keys of the changelog: the state has no room for them.
    for await (const records of log.read({ topic: this.#table.changelogTopic, partition: open.at.partition }, 0)) {
      for (const record of records) {
        const key = record.key === null ? null : state.rowKey(record.key.toString('utf8'));
        if (key === null || snapshot.present.find(key) >= 0 || state.contentAt(key, start) === null) continue;
        yield writer.records(state.apply({ key, sequence: start, row: null, encoded: null }, at));
      }
      this.#parts.progress.made();
    }
  }

  async #isSuperseded({ path, version }: SnapshotEntry): Promise<boolean> {
    const { files, source } = this.#parts;
    const listing = await files.list(source.path, source.pattern);
    return !listing.files.some((file) => file.path === path && file.version === version);
  }

  async #discoverWhenDue(now: number): Promise<void> {
    const { files, source, appender, discoverEveryMs, ends } = this.#parts;
    if (now < this.#discoverDue || this.#drained !== null) return;
    const open = this.#open;
    if (open === null) {
      if (ends && (await this.#isDoneByOthers())) this.#finished.resolve();
      return;
    }
    const listing = await files.list(source.path, source.pattern);
    this.#discoverDue = this.#parts.clock.now() + discoverEveryMs;
    // What was appended and has not come back is not in the log that `missing` looks at.
    if (open.log.loaded < open.awaited) return;
    const missing = open.log.missing(listing.files);
    if (missing.length === 0) {
      if (ends && listing.settling.length === 0 && (await this.#isAtEnd(open))) this.#finished.resolve();
      return;
    }
    const { topic, partition } = open.at;
    const [first] = await appender.append([{ topic, partition, records: missing.map(toFileRecord) }]);
    open.awaited = (first as Offset) + missing.length;
  }

  async #isAtEnd({ at, next }: Open): Promise<boolean> {
    await this.#checkpoint();
    const range = (await this.#parts.log.partitions(at.topic))?.find(({ partition }) => partition === at.partition);
    return range !== undefined && next >= range.high;
  }

  /** Another member has the partition: it is done when its checkpoint is at the end. */
  async #isDoneByOthers(): Promise<boolean> {
    const { log, source, group } = this.#parts;
    const ranges = (await log.partitions(source.filesTopic)) ?? [];
    const committed = await log.committed(group, source.filesTopic);
    return ranges.every(({ partition, high }) => high > 0 && (committed.get(partition)?.offset ?? 0) >= high);
  }

  #forgetWhenDue(now: number): void {
    if (now < this.#forgetDue) return;
    this.#forgetDue = now + FORGET_EVERY_MS;
    this.#open?.state.forget(instant(now - this.#table.tombstoneRetentionMs));
  }

  #opened(): Open {
    if (this.#open === null) throw new Error('invariant violated: the partition was not opened');
    return this.#open;
  }

  /** What is known of the partition is forgotten, and read again from its last checkpoint. */
  #reopen(): void {
    const { at } = this.#opened();
    this.#open = null;
    this.#subscription?.reopen(at);
  }

  async #checkpointWhenDue(now: number): Promise<void> {
    if (now < this.#checkpointDue && this.#drained === null) return;
    this.#checkpointDue = now + this.#parts.checkpointEveryMs;
    await this.#checkpoint();
    this.#drained?.();
  }

  async #checkpoint(): Promise<void> {
    const open = this.#open;
    if (open === null || open.next === this.#stored || this.#subscription === null) return;
    const position = { ...startPosition(), watermark: NEVER, next: open.next };
    try {
      await this.#subscription.commit([{ ...open.at, ...toCheckpoint(position, this.#parts.group, open.at) }]);
      this.#stored = open.next;
    } catch (error) {
      // An older checkpoint only means repetition (P6), and a lost membership is noticed by the subscription.
      this.#parts.logger.debug({ flow: this.#flow.name, reason: messageOf(error) }, 'checkpoint not stored');
    }
  }

  /** Stops at the row that broke an `expectOrFail`, with all snapshots before its own checkpointed. */
  async #fail(failure: MedallionError): Promise<never> {
    await this.#checkpoint();
    throw failure;
  }

  #observe({ tallies, present }: ReadSnapshot, written: number | null): void {
    const { metrics } = this.#parts;
    metrics.recordsIn(tallies.length);
    metrics.recordsOut(written ?? 0);
    const refused = new Map<string, number>();
    for (const tally of tallies)
      for (const [outcome, n] of tally.refused) refused.set(outcome, (refused.get(outcome) ?? 0) + n);
    for (const [outcome, n] of refused)
      if (outcome === 'dropped') metrics.dropped(n);
      else metrics.quarantined(outcome, n);
    metrics.stateEntries(present.size);
  }
}

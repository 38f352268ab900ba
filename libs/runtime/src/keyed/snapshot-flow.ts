import { type Clock, type FlowMetrics, instant, type Log, type MedallionError, messageOf } from '@medallion/core';
import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import { Due } from '../due.ts';
import { rowOffset } from '../files/virtual-offset.ts';
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
import { Checkpointing } from '../protocol/checkpointing.ts';
import { Coordinates, formatCoordinate } from '../protocol/coordinates.ts';
import { firstLedger } from '../protocol/ledger.ts';
import type { ChangelogWriter } from './changelog-writer.ts';
import { FlowCounts } from './flow-counts.ts';
import type { KeyedFates } from './keyed-fates.ts';
import type { KeyedState } from './keyed-state.ts';
import type { OpenState } from './open-changelog.ts';
import type { SnapshotDiscovery } from './snapshot-discovery.ts';
import { type SnapshotEntry, SnapshotLog } from './snapshot-log.ts';
import { type ReadingParts, type ReadSnapshot, SnapshotReading } from './snapshot-reading.ts';
import { SnapshotWriting } from './snapshot-writing.ts';

/** What a snapshot flow needs beside its plan. */
export type SnapshotFlowParts = ReadingParts & {
  readonly log: RecordLog;
  readonly appender: Appender;
  readonly decoder: RowDecoder;
  /** The state of the table, and who writes its changelog. */
  readonly openState: OpenState;
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: FlowMetrics;
  readonly progress: Progress;
  readonly checkpointEveryMs: number;
  readonly discovery: SnapshotDiscovery;
  /** Ends once what was there at the start is in the table. */
  readonly ends: boolean;
};

/** So often the flow looks whether somebody else has written to its changelog, and stores its checkpoint again. */
const LOOK_EVERY_MS = 30_000;
/** Of a checkpoint that may not be stored. */
const UNKNOWN = -1;
const FORGET_EVERY_MS = 3_600_000;

/** The only partition, while it is open. */
type Open = {
  readonly at: TopicPartition;
  readonly log: SnapshotLog;
  readonly state: KeyedState;
  readonly writer: ChangelogWriter;
  readonly fates: KeyedFates;
  /** All that is counted of the snapshots that are in the table. */
  counts: FlowCounts;
  /** Where the traces of the last snapshot ended. */
  traces: Offset;
  /** The offset of the first entry that is not in the table. */
  next: Offset;
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
  readonly #checkpointing: Checkpointing;
  #subscription: Subscription | null = null;
  #stored: Offset = -1;
  readonly #look: Due;
  readonly #forget: Due;
  readonly #finished = Promise.withResolvers<void>();

  constructor(table: KeyedTablePlan, flow: FlowPlan, parts: SnapshotFlowParts) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
    this.#checkpointing = new Checkpointing(parts.checkpointEveryMs, parts.clock, () => this.#checkpoint());
    this.#look = new Due(parts.clock, LOOK_EVERY_MS);
    this.#forget = new Due(parts.clock, FORGET_EVERY_MS);
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
    return this.#checkpointing.drain();
  }

  async open(at: TopicPartition, committed: Checkpoint | null): Promise<Offset> {
    const { log: records, group, logger, progress } = this.#parts;
    const position = committed === null ? startPosition() : fromCheckpoint(committed, group, at);
    const { partition } = at;
    const { changelogTopic: topic, quarantineTopic } = this.#table;
    // A file may be another one when it is read again, so what is written must stay as it is (P10).
    const fence = firstLedger(this.#flow.name, position);
    const opened = await this.#parts.openState({ topic, partition }, position.restoreFrom, fence);
    const { ledger } = opened.fates;
    const next = Math.max(position.next, ledger?.next ?? 0);
    await opened.fates.readTraces({ ...this.#parts, log: records, partition }, quarantineTopic, next);
    // Whatever is named before the position decides what counts after it.
    const log = new SnapshotLog();
    for await (const batch of records.read(at, 0)) {
      for (const record of batch) if (record.offset < next) log.take(record);
      progress.made();
    }
    const counts = new FlowCounts(this.#flow, ledger?.totals);
    this.#open = { at, log, ...opened, counts, traces: ledger?.traces ?? 0, next };
    this.#stored = position.next;
    logger.info(
      { table: this.#table.name, flow: this.#flow.name, ...at, offset: next, stateEntries: opened.state.size },
      'partition opened',
    );
    return next;
  }

  async process(round: Round): Promise<void> {
    const { progress } = this.#parts;
    for (const batch of round) {
      progress.began(batch.records.length);
      for (const record of batch.records) if (!(await this.#record(record))) return;
    }
    await this.#checkpointing.whenDue();
    progress.idle();
  }

  async tick(): Promise<void> {
    this.#parts.progress.idle();
    this.#forgetWhenDue();
    await this.#lookWhenDue();
    await this.#discoverWhenDue();
    await this.#checkpointing.whenDue();
  }

  async #lookWhenDue(): Promise<void> {
    if (!this.#look.take() || this.#open === null) return;
    if (!(await this.#open.writer.isAlone())) this.#reopen();
    // An older commit that came late may have taken its place (SPEC P6).
    if (this.#stored > 0) this.#stored = UNKNOWN;
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
    const reading = new SnapshotReading(this.#table, this.#flow, this.#parts, open.at, open);
    const snapshot = await reading.read(entry, started);
    const where = { table: this.#table.name, flow: this.#flow.name, path: entry.path, offset: entry.offset };
    if (snapshot.failure !== null) await this.#fail(snapshot.failure);
    if (snapshot.broken && (await this.#parts.discovery.isSuperseded(entry))) {
      logger.info(where, 'snapshot passed over: its file is another one by now');
      open.counts = reading.partly(entry);
      return true;
    }
    const { state, writer } = open;
    const { counts } = snapshot;
    const { partition } = open.at;
    const whole = rowOffset(entry.offset, 0);
    const writing = new SnapshotWriting(this.#table, open.at, {
      ...{ ...this.#parts, state, writer, term: open.fates.term! },
      removal: formatCoordinate(this.#flow.name, partition, whole, 1),
      ledger: (traces, removed) => {
        if (!snapshot.broken) counts.removed(removed + open.fates.removed(whole, rowOffset(entry.offset + 1, 0)));
        return this.#ledger(open, entry.offset + 1, counts, traces);
      },
    });
    const written = await writing.write(snapshot, entry.start, started);
    open.counts = counts;
    this.#observe(snapshot, written);
    metrics.batchSeconds((clock.now() - started) / 1000);
    if (snapshot.broken) logger.warn(where, 'snapshot quarantined: it cannot be read, and changes nothing');
    else if (written !== null)
      logger.info({ ...where, changes: written, rows: snapshot.present.size }, 'snapshot applied');
    return written !== null;
  }

  #ledger(open: Open, next: Offset, counts: FlowCounts, traces: Offset | null): OutRecord {
    const { term } = open.fates;
    open.traces = traces ?? open.traces;
    return open.writer.ledger({
      ...{ flow: this.#flow.name, next, coordinates: new Coordinates(), traces: open.traces, totals: counts.totals() },
      ...(term === undefined ? {} : { term: term.number }),
    });
  }

  async #discoverWhenDue(): Promise<void> {
    const { discovery, ends, log, group } = this.#parts;
    // A flow that ends looks until it has ended: it need not spare the storage, and its clock may stand still.
    if ((!ends && !discovery.isDue) || this.#checkpointing.draining) return;
    const open = this.#open;
    if (open === null) {
      if (ends && (await discovery.isDoneByOthers(log, group))) this.#finished.resolve();
      return;
    }
    const found = await discovery.discover(open.at, open.log);
    if (!ends || found > 0) return;
    await this.#checkpoint();
    const range = (await log.partitions(open.at.topic))?.find(({ partition }) => partition === open.at.partition);
    if (range !== undefined && open.next >= range.high) this.#finished.resolve();
  }

  #forgetWhenDue(): void {
    if (!this.#forget.take()) return;
    this.#open?.state.forget(instant(this.#parts.clock.now() - this.#table.tombstoneRetentionMs));
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

  async #checkpoint(): Promise<void> {
    const open = this.#open;
    if (open === null || open.next === this.#stored || this.#subscription === null) return;
    const position = { ...startPosition(), next: open.next, restoreFrom: open.writer.end };
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

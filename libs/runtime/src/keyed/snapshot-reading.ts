import { type Instant, isMedallionError, type MedallionError } from '@medallion/core';
import { KeyIndex } from '@medallion/operators';
import type { FilesPlan, FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { FileRecord } from '../files/file-rows.ts';
import { FileRows, fileRecordReader } from '../files/file-rows.ts';
import { rowOffset, START_OF_FILE } from '../files/virtual-offset.ts';
import type { FileSource, OutRecord, RowEncoder, TopicPartition } from '../ports/index.ts';
import { startPosition } from '../protocol/checkpoint.ts';
import { formatCoordinate } from '../protocol/coordinates.ts';
import { type RowSink, TableTask, type Tally, type TaskParts } from '../streaming/table-task.ts';
import { FlowCounts } from './flow-counts.ts';
import type { KeyedFates } from './keyed-fates.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { KeyedState } from './keyed-state.ts';
import { encoded, refused } from './keyed-task.ts';
import type { SnapshotEntry } from './snapshot-log.ts';

/** What reading a snapshot takes. */
export type ReadingParts = Omit<TaskParts, 'reader' | 'sink' | 'fates' | 'counts'> & {
  readonly source: FilesPlan;
  readonly files: FileSource;
  readonly encoder: RowEncoder;
  readonly rows: KeyedRows;
  /** Told after each batch of rows. */
  readonly made: () => void;
};

/** A row that is new, or another one than before. */
export type ChangedRow = {
  readonly key: string;
  readonly encoded: Buffer;
  readonly warned: readonly string[];
  /** The coordinate of the row. */
  readonly from: string;
};

/** What was settled before a snapshot is read: all snapshots before it, and what was written of it. */
export type SettledBefore = {
  readonly state: KeyedState;
  readonly fates: KeyedFates;
  readonly counts: FlowCounts;
};

/** A snapshot, compared with the table as it is. */
export type ReadSnapshot = {
  readonly changed: readonly ChangedRow[];
  /** The keys that it has, those of refused rows included (N4). */
  readonly present: KeyIndex;
  /** How many of them the table has too. */
  readonly known: number;
  readonly traces: readonly OutRecord[];
  readonly tallies: readonly Tally[];
  /** With all snapshots before it. */
  readonly counts: FlowCounts;
  /** Its file cannot be read, or not all of it: it changes nothing (N3). */
  readonly broken: boolean;
  /** A row of it broke an `expectOrFail`. */
  readonly failure: MedallionError | null;
};

/** Reads one snapshot whole before anything of it counts. */
export class SnapshotReading {
  readonly #table: KeyedTablePlan;
  readonly #flow: FlowPlan;
  readonly #parts: ReadingParts;
  readonly #at: TopicPartition;
  readonly #state: KeyedState;
  readonly #before: SettledBefore;
  #counts: FlowCounts;
  readonly #fileRows: FileRows;
  readonly #present = new KeyIndex();
  readonly #changed: ChangedRow[] = [];
  readonly #traces: OutRecord[] = [];
  readonly #tallies: Tally[] = [];
  #known = 0;
  #start: Instant = 0 as Instant;

  constructor(table: KeyedTablePlan, flow: FlowPlan, parts: ReadingParts, at: TopicPartition, before: SettledBefore) {
    this.#table = table;
    this.#flow = flow;
    this.#parts = parts;
    this.#at = at;
    this.#state = before.state;
    this.#before = before;
    this.#counts = new FlowCounts(flow, before.counts.totals());
    this.#fileRows = new FileRows(parts.source);
  }

  /** Called once. Throws what may pass: MED_FILES_UNAVAILABLE. */
  async read(entry: SnapshotEntry, now: Instant): Promise<ReadSnapshot> {
    const { files, source, made } = this.#parts;
    this.#start = entry.start;
    const task = this.#task();
    let row = 0;
    try {
      for await (const batch of files.read(entry, source.format, START_OF_FILE)) {
        for (const each of batch.rows) {
          if ('broken' in each) {
            const where = each.line === null ? `row ${each.row}` : `line ${each.line}`;
            return this.#broken(entry, `${where}: ${each.broken}`, now);
          }
          row = each.row;
          const failure = this.#row(task, this.#fileRows.record(entry, each), now);
          if (failure !== null) return this.#result(false, failure);
        }
        made();
      }
    } catch (error) {
      if (!isMedallionError(error) || error.code !== 'MED_FILE_UNREADABLE') throw error;
      return this.#broken(entry, `${error.message} (after row ${row})`, now);
    }
    return this.#result(false, null);
  }

  #row(task: TableTask, record: FileRecord, now: Instant): MedallionError | null {
    const result = task.process({ ...this.#at, records: [record], highWatermark: 0 }, now);
    this.#tallies.push(result.tally);
    if (result.failure !== null) return result.failure;
    for (const trace of result.traces) this.#traces.push(trace);
    // A row that is refused is no reason to delete what is known of its key; nor is one that is in the table already.
    const known = result.traces.length > 0 || result.tally.repeated > 0;
    if (known && 'row' in record.read) this.#keep(record.read.row);
    return null;
  }

  #keep(row: AnyRow): void {
    if (this.#table.keys.some((name) => (row[name] ?? null) === null)) return;
    this.#take(this.#parts.rows.keyOf(row));
  }

  /** Notes that the snapshot has a key: its content in the table now, or undefined when it was noted before. */
  #take(key: string): number | null | undefined {
    const { size } = this.#present;
    this.#present.add(key);
    if (this.#present.size === size) return undefined;
    const content = this.#state.contentAt(key, this.#start);
    if (content !== null) this.#known++;
    return content;
  }

  #task(): TableTask {
    const { tables, skipped, encoder, rows } = this.#parts;
    const sink: RowSink = (row, record, warned) => {
      const violations = rows.violations(row);
      if (violations.length > 0) return refused('violation', `broke ${violations[0]!.expectation}`, warned, violations);
      const own = rows.own(row, this.#start);
      const value = encoded(encoder, own);
      if (typeof value === 'string') return refused('derive_failed', value, warned);
      const key = rows.keyOf(row);
      const content = this.#take(key);
      if (content === undefined) {
        const unique = { expectation: 'key is unique', action: 'quarantine', rule: 'a key is in a snapshot once' };
        return refused('violation', 'broke key is unique', warned, [unique]);
      }
      const changed = content !== rows.contentOf(own);
      this.#counts.ended(changed ? 'accepted' : 'unchanged', { judged: true, warned, violations: [] });
      const from = formatCoordinate(this.#flow.name, this.#at.partition, record.offset, 0);
      if (changed) this.#changed.push({ key, encoded: value, warned, from });
      return { records: [] };
    };
    const parts = {
      ...{ reader: fileRecordReader, encoder, sink, fates: this.#before.fates, counts: this.#counts },
      ...(tables === undefined ? {} : { tables }),
      ...(skipped === undefined ? {} : { skipped }),
    };
    return new TableTask({ name: this.#table.name, eventTime: null }, this.#flow, parts, this.#at, startPosition());
  }

  /** One trace for the whole of it; none of its rows leaves one of its own. */
  #broken(entry: SnapshotEntry, reason: string, now: Instant): ReadSnapshot {
    this.#traces.length = 0;
    this.#tallies.length = 0;
    this.#counts = this.partly(entry, 1);
    this.#row(this.#task(), this.#fileRows.unreadable(entry, 0, reason), now);
    return this.#result(true, null);
  }

  /** What was written of a snapshot while it could be read, from a row on, and all snapshots before it. */
  partly({ offset }: SnapshotEntry, row = 0): FlowCounts {
    const { counts, fates } = this.#before;
    const partly = new FlowCounts(this.#flow, counts.totals());
    const { settled, removed } = fates.between(rowOffset(offset, row), rowOffset(offset + 1, 0));
    partly.read(settled.length);
    for (const { outcome, ...rest } of settled) partly.ended(outcome, rest);
    partly.removed(removed);
    return partly;
  }

  #result(broken: boolean, failure: MedallionError | null): ReadSnapshot {
    return {
      changed: this.#changed,
      present: this.#present,
      known: this.#known,
      traces: this.#traces,
      tallies: this.#tallies,
      counts: this.#counts,
      broken,
      failure,
    };
  }
}

import type { Instant } from '@medallion/core';
import type { KeyedTablePlan } from '@medallion/pipeline';
import type { Appender, Offset, OutRecord, RecordLog, RowDecoder, TopicPartition } from '../ports/index.ts';
import type { Term } from '../protocol/fence.ts';
import { ledgerOf } from '../protocol/ledger.ts';
import type { ChangelogWriter } from './changelog-writer.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { KeyedState } from './keyed-state.ts';
import type { ReadSnapshot } from './snapshot-reading.ts';

/** Bytes and records of one append. */
const CHUNK_BYTES = 524_288;
const CHUNK_RECORDS = 5_000;

/** What writing a snapshot's changes takes. */
export type WritingParts = {
  readonly log: RecordLog;
  readonly appender: Appender;
  readonly decoder: RowDecoder;
  readonly rows: KeyedRows;
  readonly state: KeyedState;
  readonly writer: ChangelogWriter;
  /** In which traces are written. */
  readonly term: Term;
  /** The ledger of the snapshot, made when all of it was; the last of its records. */
  readonly ledger: (traces: Offset | null, removed: number) => OutRecord;
  /** The coordinate of its removals. */
  readonly removal: string;
  /** Told after each append. */
  readonly made: () => void;
};

/** Writes what a snapshot changes in one partition of the changelog, chunk by chunk. */
export class SnapshotWriting {
  readonly #table: KeyedTablePlan;
  readonly #partition: number;
  readonly #parts: WritingParts;
  #removed = 0;

  constructor(table: KeyedTablePlan, { partition }: TopicPartition, parts: WritingParts) {
    this.#table = table;
    this.#partition = partition;
    this.#parts = parts;
  }

  /** The number of records that were written; null when another writer came between. */
  async write(snapshot: ReadSnapshot, start: Instant, now: Instant): Promise<number | null> {
    if (snapshot.broken) return (await this.#settle(snapshot)) ? 0 : null;
    let chunk: OutRecord[] = [];
    let bytes = 0;
    let written = 0;
    for await (const made of this.#changes(snapshot, start, now)) {
      for (const record of made) {
        chunk.push(record);
        bytes += record.value?.length ?? 0;
      }
      if (bytes < CHUNK_BYTES && chunk.length < CHUNK_RECORDS) continue;
      if (!(await this.#append(chunk))) return null;
      written += chunk.length;
      chunk = [];
      bytes = 0;
    }
    if (!(await this.#append(chunk))) return null;
    return (await this.#settle(snapshot)) ? written + chunk.length : null;
  }

  /** Traces are written when all changes stand, and the ledger when the traces do (L3). */
  async #settle({ traces: records }: ReadSnapshot): Promise<boolean> {
    const { appender, ledger, term } = this.#parts;
    if (records.length === 0) return this.#append([ledger(null, this.#removed)]);
    const at = { topic: this.#table.quarantineTopic, partition: this.#partition };
    const [offset] = await appender.append([{ ...at, records }]);
    const end = offset! + records.length;
    if (!(await term.holds(0, { offset: offset!, end }))) return false;
    return this.#append([ledger(end, this.#removed)]);
  }

  async #append(records: readonly OutRecord[]): Promise<boolean> {
    if (records.length === 0) return true;
    const { appender, writer, made } = this.#parts;
    const [offset] = await appender.append([
      { topic: this.#table.changelogTopic, partition: this.#partition, records },
    ]);
    made();
    return writer.stand(offset as Offset);
  }

  /** The records of each row that is new, another or gone. */
  async *#changes(snapshot: ReadSnapshot, sequence: Instant, now: Instant): AsyncGenerator<readonly OutRecord[]> {
    const { decoder, rows, log, state, writer, removal, made } = this.#parts;
    const before = state.alive;
    for (const { key, encoded, warned, from } of snapshot.changed) {
      const decoded = decoder.decode(encoded);
      if (!('row' in decoded)) throw new Error(`invariant violated: a row that was encoded is none: ${key}`);
      const change = { key, sequence, row: rows.own(decoded.row, sequence), encoded };
      yield writer.records(state.apply(change, now), from, warned);
    }
    if (before !== null && before === snapshot.known) return;
    // What is gone is known by the keys of the changelog: the state has no room for them.
    for await (const records of log.read({ topic: this.#table.changelogTopic, partition: this.#partition }, 0)) {
      for (const record of records) {
        const key = record.key === null || ledgerOf(record) !== null ? null : state.rowKey(record.key.toString('utf8'));
        if (key === null || snapshot.present.find(key) >= 0 || state.contentAt(key, sequence) === null) continue;
        this.#removed++;
        yield writer.records(state.apply({ key, sequence, row: null, encoded: null }, now), removal);
      }
      made();
    }
  }
}
